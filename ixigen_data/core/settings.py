"""The base of every settings class of a recipe."""

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Recipe keys as typed fields: frozen, extra keys forbidden, defaults checked too."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, populate_by_name=True)
