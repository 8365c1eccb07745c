"""What the flow needs from outside, as protocols: the world around it, and the memory as each part sees it."""

from scheduler.ports.custody import Break, CustodyStore, DispatchJournal, Intent, Mark
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
from scheduler.ports.receipts import (
    Fresh,
    Haver,
    ReceiptStore,
    ReceiptTransaction,
    Report,
    Reported,
    Rise,
)
from scheduler.ports.rulings import Doubted, RulingStore
from scheduler.ports.sending import (
    Armed,
    Arming,
    DoubtStore,
    NextLook,
    Settlement,
    Store,
)
from scheduler.ports.switches import KnownPause, NewPause, Stopped, SwitchStore, SwitchTransaction
from scheduler.ports.watching import WatchStore
from scheduler.ports.world import Channel, Clock, ComposeError, Composer, Journal, Runner

__all__ = [
    "Armed",
    "Arming",
    "Break",
    "Channel",
    "Clock",
    "ComposeError",
    "Composer",
    "CustodyStore",
    "DispatchJournal",
    "DoubtStore",
    "Doubted",
    "Fresh",
    "Haver",
    "IntakeStore",
    "IntakeTransaction",
    "Intent",
    "Journal",
    "Key",
    "KnownPause",
    "Laid",
    "LogStore",
    "Mark",
    "NewContact",
    "NewGrant",
    "NewHold",
    "NewPause",
    "NewStated",
    "NextLook",
    "PaymentChange",
    "Person",
    "PlanChange",
    "PlanInHand",
    "PlanningBatch",
    "PlanningStore",
    "ReceiptStore",
    "ReceiptTransaction",
    "Report",
    "Reported",
    "Rise",
    "RulingStore",
    "Runner",
    "Settlement",
    "Stopped",
    "Store",
    "SwitchStore",
    "SwitchTransaction",
    "WatchStore",
]
