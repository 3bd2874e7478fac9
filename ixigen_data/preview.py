"""What a build will take and give, before it is begun."""

from dataclasses import replace

from ixigen_data.build import resolve
from ixigen_data.build_plan import BuildOptions, shape_of
from ixigen_data.core.files import absolute
from ixigen_data.core.progress import Progress
from ixigen_data.mixture.estimate import estimate_source, open_tools
from ixigen_data.mixture.forecast import Forecast, forecast
from ixigen_data.mixture.plan import Inputs, plan_mixture
from ixigen_data.packing.pack import fitter_of
from ixigen_data.recipe import Recipe
from ixigen_data.shards.continue_stage import earlier_of
from ixigen_data.shards.earlier import open_earlier
from ixigen_data.tokens.bucket_cache import open_stores
from ixigen_data.tokens.tokenizer import open_tokenizer


def forecast_build(recipe: Recipe, work: str, progress: Progress) -> Forecast:
    """Return what a build will take and give.

    Supply is estimated from a sample of the sources, or counted in their token store where that is finished.

    Raises:
        IxigenError: a source or the tokenizer is not what the recipe says, or a total that follows from supply has
        none.
    """
    tokenizer = open_tokenizer(recipe.tokenizer)
    tools, deduplicate = open_tools(tokenizer), recipe.dedup.exact is not None
    sources = recipe.used_sources()
    progress.begin("sample", len(sources), "sources")
    estimates = []
    for name, settings in sources.items():
        estimates.append(estimate_source(name, settings, recipe.chain(), tools, deduplicate))
        progress.advance("sample", 1)
    progress.end("sample")
    found = forecast(recipe.mixture, shape_of(recipe), estimates, tokenizer.dtype.itemsize, recipe.dedup.near)
    plan = resolve(recipe, BuildOptions(out="", work=absolute(work)))
    if not plan.unfinished():
        stores = open_stores(plan.folders("store"), tokenizer.dtype)
        inputs = Inputs(stores, fitter_of(recipe.packing))
        if recipe.continues is not None:
            inputs = replace(inputs, earlier=earlier_of(recipe.continues, open_earlier(recipe.continues), stores))
        exact = plan_mixture(recipe.mixture, shape_of(recipe), inputs)
        found = replace(found, plan=exact.plan, exact=True, warnings=())
    return found
