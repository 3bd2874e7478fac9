import pytest
from pydantic import JsonValue

from ixigen_data.core.errors import IxigenError
from ixigen_train.checkpoints.going_on import must_be_unchanged
from ixigen_train.recipe.settings import TrainRecipe
from tests.unit.train.checkpoints.saved import RECIPE, place


def changed(**sections: JsonValue) -> TrainRecipe:
    return TrainRecipe.model_validate({**RECIPE.model_dump(mode="json", exclude_unset=True), **sections})


def test_what_does_not_decide_weights_may_change() -> None:
    must_be_unchanged(
        changed(
            name="b",
            batch={"windows": 4, "microbatch": 4},
            checkpoints={"every": 7, "keep": 5},
            data={"cache": "/elsewhere"},
            evaluation={"every": 3},
            loggers={"tensorboard": {}},
            model={"path": "m", "attention": "eager"},
        ),
        place(12),
    )


def test_what_decides_them_is_refused_with_every_key() -> None:
    recipe = changed(seed=3, optimizer={"lr": 0.5}, model={"path": "m", "overrides": {"rope_theta": 1e6}})
    told = (
        r"^the recipe has changed since step 12: seed was 17, is 3; model.overrides.rope_theta was None, is 1000000.0; "
        r"optimizer.lr was 1e-05, is 0.5; put it back, or name another --out$"
    )
    with pytest.raises(IxigenError, match=told):
        must_be_unchanged(recipe, place(12))


def test_a_key_that_is_gone_is_named_too() -> None:
    before = place(3).model_copy(update={"recipe": {**RECIPE.deciding(), "dropout": 0.1}})
    with pytest.raises(IxigenError, match=r"step 3: dropout was 0.1, is None;"):
        must_be_unchanged(RECIPE, before)
