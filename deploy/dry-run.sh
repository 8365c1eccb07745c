#!/usr/bin/env bash
# Carries out the Dockerfile's own steps in an empty folder that stands for the image's root, where no container
# engine is at hand: installs, then starts Duly as the image would. It builds no image, and says so.
set -euo pipefail
cd "$(dirname "$0")/.."

repository=$PWD
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir "$root/bin" "$root/tmp" "$root/home"

say() { printf '%s\n' "$*"; }
fail() { say "dry run: $*" >&2; exit 1; }

# The image's folders, moved below $root.
moved() { sed -E "s#(^|[ =:\"'])/(venv|build|srv)#\1$root/\2#g" <<<"$1"; }

# The words of a JSON list, one a line.
words() { python -c 'import json, sys; print("\n".join(json.loads(sys.argv[1])))' "$1"; }

# ------------------------------------------------------------------------------------------- the environment
# Only the Dockerfile's settings count: none of the caller's own reach Duly.
for name in $(compgen -e | grep -E '^(DULY|TWILIO|SENDGRID|SMTP|PYTHON)' || true); do unset "$name"; done
wanted=$(sed -nE 's/^FROM python:([0-9.]+).*/\1/p' Dockerfile | head -1)
base=$(command -v "python$wanted" || true)
if [ -z "$base" ] || ! "$base" --version >/dev/null 2>&1; then
  base=$(command -v python3) || fail "no python3 on the path"
  say "No Python $wanted here; $("$base" --version) stands in for it."
fi
ln -s "$("$base" -c 'import sys; print(sys.executable)')" "$root/bin/python"
export PATH="$root/bin:$PATH" HOME="$root/home" TMPDIR="$root/tmp"

# ------------------------------------------------------------------------------------- the Dockerfile's steps
copy() { # [--from=STAGE] SOURCE... TARGET
  local sources=("${@:1:$#-1}") target=${*: -1} source
  if [[ ${sources[0]} == --from=* ]]; then
    for source in "${sources[@]:1}"; do [ -e "$root$source" ] || fail "COPY: no $source in the earlier stage"; done
    return # both stages share one root here
  fi
  for source in "${sources[@]}"; do
    [ -e "$repository/$source" ] || fail "COPY: $source is not in the repository"
    if [ -d "$repository/$source" ]; then
      mkdir -p "$target" && (cd "$repository/$source" && tar --exclude=__pycache__ -cf - .) | tar -xf - -C "$target"
    else
      [[ $target != */ ]] || mkdir -p "$target"
      cp "$repository/$source" "$target"
    fi
  done
}

run() { # the shell's words after RUN
  case $1 in
    *useradd* | *chown*) run_without_users "$1" ;;
    *) bash -euc "$(moved "$1")" ;;
  esac
}

run_without_users() { # the parts of a && b && c that make or name no user
  local part
  while IFS= read -r part; do
    case $part in
      *useradd* | *chown*) say "  left out: $part" ;;
      *) bash -euc "$(moved "$part")" ;;
    esac
  done <<<"${1// && /$'\n'}"
}

stage=0
entrypoint=() command=() health=()
while IFS=' ' read -r instruction rest; do
  case $instruction in
    '' | '#'*) continue ;;
  esac
  say "$instruction $rest"
  case $instruction in
    FROM)
      stage=$((stage + 1))
      if [ "$stage" -gt 1 ]; then mkdir "$root/earlier" && mv "$root/build" "$root/earlier/"; fi
      ;;
    ENV) for pair in $rest; do eval "export \"$(moved "$pair")\""; done ;;
    WORKDIR) mkdir -p "$(moved "$rest")" && cd "$(moved "$rest")" ;;
    COPY) read -ra parts <<<"$rest" && copy "${parts[@]}" ;;
    RUN) run "$rest" ;;
    ENTRYPOINT) mapfile -t entrypoint < <(words "$rest") ;;
    CMD) mapfile -t command < <(words "$rest") ;;
    HEALTHCHECK) mapfile -t health < <(words "${rest#*CMD }") ;;
    USER | VOLUME | EXPOSE) ;;
    *) fail "$instruction is not known here" ;;
  esac
done < <(sed -e ':again' -e '/\\$/N; s/\\\n */ /; t again' "$repository/Dockerfile")

# ----------------------------------------------------------------------------------------- the image's command
[ "$(command -v "${entrypoint[0]}")" = "$root/venv/bin/${entrypoint[0]}" ] || fail "ENTRYPOINT is not installed"
touch "$root/started"

say "+ ${entrypoint[*]} check"
"${entrypoint[@]}" check
say "+ ${entrypoint[*]} ${command[*]} --until-idle --no-web"
"${entrypoint[@]}" "${command[@]}" --until-idle --no-web

say "+ ${entrypoint[*]} ${command[*]}, until its health check answers"
DULY_PORT=$(python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export DULY_PORT
"${entrypoint[@]}" "${command[@]}" >"$root/tmp/run.log" 2>&1 &
service=$!
healthy=
for _ in $(seq 60); do
  if "${health[@]}" 2>/dev/null; then healthy=yes && break; fi
  kill -0 "$service" 2>/dev/null || break
  sleep 0.5
done
kill -TERM "$service" 2>/dev/null || true
for _ in $(seq 20); do kill -0 "$service" 2>/dev/null && sleep 0.5 || break; done
if kill -0 "$service" 2>/dev/null; then kill -KILL "$service" && fail "SIGTERM did not stop the service within 10 s"; fi
[ -n "$healthy" ] || { cat "$root/tmp/run.log" >&2; fail "the service never became healthy"; }

written=$(find "$root" -newer "$root/started" -type f \
  -not -path "$PWD/var/*" -not -path "$PWD/journal/*" -not -path "$root/tmp/*")
[ -z "$written" ] || fail "written outside var/ and journal/, which a read-only root file system forbids: $written"
[ -s "$DULY_JOURNAL" ] || fail "the dispatch journal was not kept where the image says"

say "The Dockerfile's steps and the image's command work here. No image was built: there is no container engine."
