"""The one door: nothing changes a state except through here.

``begin`` saves a new record, ``transit`` takes a step, ``record`` notes a change that is
no step. ``why_not`` answers without doing, ``draft`` shows what a step would cause for one
record or many, and ``plans`` stores and executes what a draft showed.
"""

from domain.common.workflow.conditions import Ask, Check, Condition, condition
from domain.common.workflow.door import Done, begin, begin_once, record, transit
from domain.common.workflow.drafts import Draft, DraftRow, draft
from domain.common.workflow.registry import effects_of
from domain.common.workflow.state_field import StateField
from domain.common.workflow.stateful import Stateful, stateful
from domain.common.workflow.steps import StepInfo, step, step_info, steps_of
from domain.common.workflow.why import Answer, why_not

__all__ = [
    "Answer",
    "Ask",
    "Check",
    "Condition",
    "Done",
    "Draft",
    "DraftRow",
    "StateField",
    "Stateful",
    "StepInfo",
    "begin",
    "begin_once",
    "condition",
    "draft",
    "effects_of",
    "record",
    "stateful",
    "step",
    "step_info",
    "steps_of",
    "transit",
    "why_not",
]
