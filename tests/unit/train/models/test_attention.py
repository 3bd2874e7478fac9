"""Attention by documents is masked attention without the mask, asks the device nothing, and knows what it cannot do."""

import warnings
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="needs the train lock")

from transformers import AttentionInterface, AutoConfig, AutoModelForCausalLM, PreTrainedModel  # noqa: E402

from ixigen_data.core.errors import IxigenError  # noqa: E402
from ixigen_train.metering.nll import mean_nll  # noqa: E402
from ixigen_train.models.attention import BY_DOCUMENTS, Documents, attend_by_documents, rows_of  # noqa: E402
from ixigen_train.models.load import checkpoint_activations, load_model  # noqa: E402
from ixigen_train.models.window_nll import WindowNll  # noqa: E402
from tests.unit.train.models.layouts import VOCABULARY, layout, model_settings  # noqa: E402

pytestmark = pytest.mark.train

SEQ_LEN = 32
TAKEN = ("llama", "qwen2", "cohere", "granite")
# As of transformers 5: what is more than causal attention, or does not go through its interface.
KEPT: dict[str, dict[str, object]] = {
    "mistral": {"sliding_window": 16},
    "qwen2": {"use_sliding_window": True, "sliding_window": 16, "max_window_layers": 1},
    "exaone4": {"sliding_window": 16, "sliding_window_pattern": 2},
    "gemma3_text": {},
    "llama4_text": {},
    "bert": {},
    "falcon": {"alibi": True},
    "bart": {},
}
Documentses = list[tuple[int, ...]]


@st.composite
def windows(draw: st.DrawFn) -> Documentses:
    """One to three windows, each cut at random into documents; a window may be one, and a document one token."""
    found = []
    for _ in range(draw(st.integers(1, 3))):
        cuts = draw(st.sets(st.integers(1, SEQ_LEN - 1), max_size=6))
        ends = [*sorted(cuts), SEQ_LEN]
        found.append(tuple(stop - start for start, stop in zip([0, *ends], ends, strict=False)))
    return found


def inputs_of(documents: Documentses) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Ids, positions and labels, (windows, SEQ_LEN); the last document of the last window is pad."""
    shape = (len(documents), SEQ_LEN)
    ids = torch.randint(0, VOCABULARY, shape, generator=torch.Generator().manual_seed(5))
    positions = torch.cat([torch.arange(length) for lengths in documents for length in lengths]).view(shape)
    labels = ids.where(positions > 0, -100)
    ids[-1, SEQ_LEN - documents[-1][-1] :], labels[-1, SEQ_LEN - documents[-1][-1] :] = 0, -100
    return ids, positions, labels


def opened(name: str, attention: str = "sdpa") -> PreTrainedModel:
    torch.manual_seed(3)
    return AutoModelForCausalLM.from_config(layout(name), attn_implementation=attention, dtype=torch.float64)


def by_documents(name: str) -> PreTrainedModel:
    lm = opened(name)
    attend_by_documents(lm)
    assert lm.config._attn_implementation == BY_DOCUMENTS
    return lm


def assert_alike(ours: PreTrainedModel, masked: PreTrainedModel, documents: Documentses) -> None:
    """Hidden states and gradients, within what float32 rounds, in which norms compute whatever they are given."""
    ids, positions, _ = inputs_of(documents)
    direction = torch.randn(ids.numel(), 32, dtype=torch.float64, generator=torch.Generator().manual_seed(7))
    states = []
    for lm in (ours, masked):
        lm.zero_grad()
        states.append(lm.base_model(**rows_of(lm, ids, positions, documents)).last_hidden_state.flatten(0, 1))
        (states[-1] * direction).mean().backward()
    torch.testing.assert_close(*states, rtol=0, atol=1e-6)
    for (name, one), other in zip(ours.named_parameters(), masked.parameters(), strict=True):
        if one.grad is not None:
            scale = float(other.grad.abs().max())
            torch.testing.assert_close(one.grad, other.grad, rtol=0, atol=1e-6 * scale + 1e-12, msg=name)


PAIRS = {name: (by_documents(name), opened(name)) for name in TAKEN}


@pytest.mark.parametrize("name", TAKEN)
@settings(max_examples=20, deadline=None)
@given(documents=windows())
def test_it_is_masked_attention(name: str, documents: Documentses) -> None:
    assert_alike(*PAIRS[name], documents)


def test_layers_that_are_computed_again_are_told_the_same_documents() -> None:
    ours = by_documents("qwen2")
    checkpoint_activations(ours)
    assert_alike(ours.train(), opened("qwen2").train(), [(9, 1, 22), (32,)])


def test_a_document_that_sees_another_would_show() -> None:
    ours, _ = PAIRS["llama"]
    documents = [(16, 16)]
    ids, positions, _ = inputs_of(documents)
    with torch.no_grad():
        apart = ours.base_model(**rows_of(ours, ids, positions, documents)).last_hidden_state
        together = ours.base_model(**rows_of(ours, ids, positions, [(32,)])).last_hidden_state
    assert float((apart - together)[:, 16:].abs().max()) > 1e-2


@pytest.mark.parametrize("name", KEPT)
def test_what_is_more_than_causal_attention_keeps_its_own(name: str) -> None:
    small = {"num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 4}
    config = AutoConfig.for_model(name, **small | KEPT[name])
    with torch.device("meta"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a decoder that is opened as an encoder says so
        lm = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa")
    attend_by_documents(lm)
    assert lm.config._attn_implementation == "sdpa"


@pytest.mark.parametrize("attention", ["eager", "flash_attention_2"])
def test_what_the_recipe_says_otherwise_is_left(attention: str) -> None:
    lm = opened("llama")
    lm.config._attn_implementation = attention
    attend_by_documents(lm)
    assert lm.config._attn_implementation == attention


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"sliding_window": 16}, "wants sliding_window"),
        ({"softcap": 30.0}, "wants softcap"),
        ({"is_causal": False}, "wants is_causal: false"),
        ({"attention_mask": torch.ones(1, 1, 4, 4, dtype=torch.bool)}, "wants attention_mask"),
        ({"documents": None}, "is not told the documents"),
    ],
)
def test_a_layer_that_wants_more_all_the_same_is_refused(more: dict[str, object], told: str) -> None:
    attend = AttentionInterface()[BY_DOCUMENTS]
    row = torch.ones(1, 2, 4, 8)
    says = {"attention_mask": None, "documents": Documents((3, 1))}
    assert attend(torch.nn.Identity(), row, row, row, **says)[0].shape == (1, 4, 2, 8)
    with pytest.raises(IxigenError, match=rf"^model\.attention: sdpa: Identity {told}; use eager or flash_attention_2"):
        attend(torch.nn.Identity(), row, row, row, **says | more)


def test_flash_attention_is_given_one_row_and_where_documents_end() -> None:
    lm = opened("llama")
    lm.config._attn_implementation = "flash_attention_2"
    documents = [(9, 1, 22), (32,)]
    rows = rows_of(lm, *inputs_of(documents)[:2], documents)
    assert rows["input_ids"].shape == rows["position_ids"].shape == (1, 64)
    assert rows["cu_seq_lens_q"].dtype == torch.int32
    assert rows["cu_seq_lens_q"].tolist() == rows["cu_seq_lens_k"].tolist() == [0, *accumulate((9, 1, 22, 32))]
    assert (rows["max_length_q"], rows["max_length_k"]) == (32, 32)


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("name", TAKEN)
def test_the_device_is_never_waited_for(tmp_path: Path, name: str, again: bool) -> None:
    """Tensors of the meta device have no values: what asks for one fails."""
    lm = load_model(model_settings(tmp_path, name), empty=True)
    if again:
        checkpoint_activations(lm)
    documents = [(9, 1, 22), (32,)]
    ids, positions, labels = (each.to("meta") for each in inputs_of(documents))
    model = WindowNll(lm).train()
    mean_nll(model(ids, positions, labels, documents), labels[:, 1:]).backward()
    lm.set_attn_implementation("sdpa")  # with its mask: this test can fail
    with pytest.raises((RuntimeError, NotImplementedError), match="meta"):
        model(ids, positions, labels, documents)
