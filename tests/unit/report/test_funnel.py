from ixigen_data.report.funnel import Loss, account, funnels, losses_by_reason
from ixigen_data.shards.manifest import Manifest, StageRecord


def test_stages_stand_in_the_order_bytes_flow(manifest: Manifest) -> None:
    backwards = {"portone": dict(reversed(manifest.documents["portone"].items()))}
    (funnel,) = funnels(manifest.model_copy(update={"documents": backwards}))
    assert [step.stage for step in funnel.steps] == ["read", "clean", "dedup", "tokenize"]
    assert (funnel.read, funnel.kept) == (548, 541)


def test_every_loss_has_its_stage_and_reason(manifest: Manifest) -> None:
    assert funnels(manifest)[3].losses == (
        Loss("read", "quarantined", 3),
        Loss("clean", "length_short", 9),
        Loss("clean", "empty", 7),
        Loss("dedup", "exact_duplicate", 2),
    )


def test_reasons_over_all_sources_the_largest_first(manifest: Manifest) -> None:
    assert losses_by_reason(funnels(manifest)) == [
        ("length_short", 30),
        ("empty", 8),
        ("exact_duplicate", 7),
        ("quarantined", 3),
    ]


def test_the_account_closes_from_the_record_to_the_window(manifest: Manifest) -> None:
    whole = account(manifest)
    assert whole.closes
    assert whole.read == whole.lost + whole.trained + whole.held_out + whole.unused == 10_830


def test_a_document_that_vanished_is_seen(manifest: Manifest) -> None:
    short = manifest.model_copy(update={"unused_documents": manifest.unused_documents | {"replay/en": 445}})
    assert not account(short).closes


def test_a_stage_that_begins_with_fewer_than_the_last_one_left_is_seen(manifest: Manifest) -> None:
    stages = manifest.documents["portone"] | {"dedup": StageRecord(documents_in=540, documents_out=540)}
    (funnel,) = funnels(manifest.model_copy(update={"documents": {"portone": stages}}))
    assert not funnel.closes


def test_a_stage_that_loses_without_a_reason_is_seen(manifest: Manifest) -> None:
    stages = {"read": StageRecord(documents_in=5, documents_out=4)}
    (funnel,) = funnels(manifest.model_copy(update={"documents": {"portone": stages}}))
    assert not funnel.closes


def test_only_stages_that_lost_something_are_told(manifest: Manifest) -> None:
    assert [step.stage for step in funnels(manifest)[2].telling] == ["read", "clean"]


def test_a_source_without_stages_is_empty(manifest: Manifest) -> None:
    (funnel,) = funnels(manifest.model_copy(update={"documents": {"portone": {}}}))
    assert (funnel.read, funnel.kept, funnel.closes) == (0, 0, True)
