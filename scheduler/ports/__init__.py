"""What the flow needs from outside, as protocols: the world around it, and the memory as each part sees it."""

from scheduler.ports.intake import (
    IntakeStore,
    IntakeTransaction,
    Key,
    NewContact,
    NewGrant,
    NewHold,
    NewStated,
    PaymentChange,
    Person,
    PlanChange,
)
from scheduler.ports.log import LogStore
from scheduler.ports.planning import Laid, PlanInHand, PlanningBatch, PlanningStore
from scheduler.ports.sending import (
    Armed,
    Arming,
    Doubt,
    Settlement,
    Store,
)
from scheduler.ports.world import Channel, Clock, ComposeError, Composer

__all__ = [
    "Armed",
    "Arming",
    "Channel",
    "Clock",
    "ComposeError",
    "Composer",
    "Doubt",
    "IntakeStore",
    "IntakeTransaction",
    "Key",
    "Laid",
    "LogStore",
    "NewContact",
    "NewGrant",
    "NewHold",
    "NewStated",
    "PaymentChange",
    "Person",
    "PlanChange",
    "PlanInHand",
    "PlanningBatch",
    "PlanningStore",
    "Settlement",
    "Store",
]
