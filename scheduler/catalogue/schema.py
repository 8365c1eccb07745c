"""The JSON Schema of a policy's file, made from its model, so that an editor helps whoever writes one.

It says what keys and values there are, and which keys belong together. What needs more than one file, or a sentence
to be understood, only `duly check` says.
"""

import json
from collections.abc import Mapping

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from scheduler.catalogue.models import JsonSchema
from scheduler.catalogue.models_counters import COUNTERS
from scheduler.catalogue.models_policy import PolicyModel
from scheduler.catalogue.models_rule import FORMS
from scheduler.catalogue.models_windows import BESIDE_HOURS, WIDENING

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def policy_schema() -> JsonSchema:
    """Return the JSON Schema (draft 2020-12) of a file in config/policies."""
    made = PolicyModel.model_json_schema(schema_generator=_Schema)
    parts = {name: _tidy(part) | _BEYOND.get(name, {}) for name, part in made.pop("$defs").items()}
    parts["RuleModel"]["properties"] = _in_order(parts["RuleModel"]["properties"])
    policy = _tidy(made) | _BEYOND["PolicyModel"]
    policy["properties"]["rules"]["minItems"] = 1
    return {"$schema": _DIALECT, "title": "A contact policy of Duly"} | policy | {"$defs": parts}


def schema_text() -> str:
    """Return the schema as config/schemas/policy.json holds it."""
    return json.dumps(policy_schema(), indent=2, ensure_ascii=False) + "\n"


class _Schema(GenerateJsonSchema):
    """A key that may be left out must not be left empty, and what stands for it then is no text of the file."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, _schema: object) -> bool:
        return False


_NAMED = ("properties", "patternProperties", "$defs")
_DROPPED = ("title", "examples")


def _tidy(schema: JsonSchema) -> JsonSchema:
    """Leave out the models' own names, and examples, which are meant for sentences."""
    tidied: JsonSchema = {}
    for key, value in schema.items():
        if key in _NAMED:
            tidied[key] = {name: _tidy(each) for name, each in value.items()}
        elif key not in _DROPPED:
            tidied[key] = _tidied(value)
    return tidied


def _tidied(value: object) -> object:
    if isinstance(value, dict):
        return _tidy(value)
    return [_tidied(each) for each in value] if isinstance(value, list) else value


def _in_order(keys: JsonSchema) -> JsonSchema:
    """Put the head of a rule before its forms."""
    forms = (*FORMS, *BESIDE_HOURS, "counts")
    return {key: keys[key] for key in sorted(keys, key=lambda each: (each in forms, [*keys].index(each)))}


def _one_of(*keys: str) -> JsonSchema:
    return {"oneOf": [{"required": [each]} for each in keys]}


def _any_of(*keys: str) -> JsonSchema:
    return {"anyOf": [{"required": [each]} for each in keys]}


def _where(key: str, value: str) -> JsonSchema:
    return {"if": {"properties": {key: {"const": value}}, "required": [key]}}


_BEYOND: Mapping[str, JsonSchema] = {
    "PolicyModel": _where("status", "approved")
    | {"then": {"required": ["approved"]}, "else": {"properties": {"approved": False}}},
    "RuleModel": _one_of(*FORMS)
    | {
        "dependentSchemas": dict.fromkeys(BESIDE_HOURS, _any_of("hours", "quiet"))
        | {"counts": _any_of(*COUNTERS)},
        "allOf": [
            _where("clock", "received") | {"then": {"required": ["margin"]}},
            _where("confidence", "U") | {"then": {"properties": dict.fromkeys(WIDENING, False)}},
        ],
    },
    "AppliesModel": {
        "minProperties": 1,
        "dependentSchemas": {
            "postal_codes": {"properties": {"residence": {"maxItems": 1}}, "required": ["residence"]}
        },
    },
    "EffectiveModel": {"minProperties": 1},
    "AtMostModel": _one_of("in", "per"),
    "NoticeFirstModel": {"not": {"required": ["wait", "within"]}},
    "ConsentModel": {"minProperties": 1},
    "AddressModel": _any_of("sources", "fresh", "work", "shared")
    | {"dependentRequired": {"proof": ["fresh"]}},
    "ForbidModel": _any_of("words", "numbers"),
    "HoldModel": {"dependentRequired": {"extensions": ["lasts"]}},
    "StatedTimesModel": {"minProperties": 1, "dependentRequired": {"written_within": ["oral_binds"]}},
}
"""What no single key can say: which belong together, and which exclude each other."""
