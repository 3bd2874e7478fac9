"""Presets: rules in their order under one name, some of which a recipe turns off or sets otherwise."""

from collections.abc import Sequence
from typing import Self

from pydantic import model_validator

from ixigen_data.core.steps import Rule, rule_name


class Preset(Rule):
    """A rule that stands for others.

    `off` leaves rules of the preset out, by name or number; `rules` (of the subclass) takes rules with other settings
    than the preset has them, or that it lacks: each goes to its place in the order.
    """

    off: tuple[str, ...] = ()

    def order(self) -> Sequence[Rule]:
        """Return every rule that a preset of this kind may hold, in order, with default settings."""
        raise NotImplementedError

    def chosen(self, language: str | None) -> Sequence[Rule]:
        """Return the rules of the preset that is named."""
        raise NotImplementedError

    def changed(self) -> Sequence[Rule]:
        """Return the rules that the recipe sets otherwise, or adds."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _known(self) -> Self:
        known = {name for rule in self.order() for name in (rule_name(rule), rule.ID)}
        for name in self.off:
            if name not in known:
                told = ", ".join(map(rule_name, self.order()))
                raise ValueError(f"off: there is no rule {name!r}; use some of {told}")
        given = [rule_name(rule) for rule in self.changed()]
        for rule in self.changed():
            if given.count(rule_name(rule)) > 1 or rule.only is not None:
                told = "written twice" if rule.only is None else "takes no `only` here; write it at the preset"
                raise ValueError(f"rules: {rule_name(rule)} {told}")
        return self

    def resolved(self, language: str | None) -> tuple[Rule, ...]:
        """Return the rules that the preset stands for, in order."""
        places = {rule_name(rule): place for place, rule in enumerate(self.order())}
        chosen = {rule_name(rule): rule for rule in (*self.chosen(language), *self.changed())}
        kept = [rule for name, rule in chosen.items() if not {name, rule.ID} & set(self.off)]
        return tuple(sorted(kept, key=lambda rule: places[rule_name(rule)]))
