"""Questions that porters ask in public, answered from the first page: typed, and the answer is a click away."""

import pytest

#: As many hits are looked through.
LOOKED_AT = 4
#: What is typed; the page of the answer; a part of the answer. Where it was asked is beside it.
QUESTIONS = [
    ("pytorch equivalent of gluon initialize", "from/gluon-to-torch.html", ".initialize("),  # pytorch#3418
    ("keras GRU weights to pytorch", "from/keras-to-torch/gru.html", "weight_ih_l0"),  # keras#15915
    ("DeferredInitializationError", "tasks/inferred-width.html", "Actual initialization happens"),  # mxnet#9226
    ("batch norm epsilon default", "laws/training.default_epsilon-batch_norm.html", "1e-3"),  # nn-transfer PR#3
    (
        "Embedding default initialization",
        "laws/initialization.default-embedding.weight.html",
        "N(0, 1)",
    ),  # pytorch#3121
    ("LSTM forget bias default", "tasks/start-forget-gate.html", "forget"),  # pytorch#750
    ("force_reinit", "tasks/initialize-again.html", "force_reinit=True"),  # mxnet#21053
    ("clone_model does not copy weights", "tasks/clone.html", "clone_model"),  # keras#16668
    ("share weights between layers", "tasks/share-parameters.html", "params="),  # mxnet#8943
    (
        "load_state_dict missing keys",
        "tasks/load-more-layers.html",
        "Missing key(s) in state_dict",
    ),  # transformers#12426
    (
        "trying to backward through the graph a second time",
        "tasks/backward-twice.html",
        "retain_graph",
    ),  # pytorch#40967
    ("You called set_weights(weights) on layer", "tasks/copy-values-that-do-not-fit.html", "expecting 4 weights"),
]


@pytest.mark.parametrize(("typed", "page", "answer"), QUESTIONS)
def test_a_question_is_answered_in_two_steps_from_the_first_page(reader, typed, page, answer):
    one = reader()
    opened = one.open("index.html")
    opened.get_by_role("searchbox").fill(typed)
    found = opened.locator("#found li a")
    found.first.wait_for()
    addresses = [link.get_attribute("href") for link in found.all()[:LOOKED_AT]]
    assert page in addresses
    found.nth(addresses.index(page)).click()
    opened.get_by_role("heading", level=1).wait_for()
    assert one.path == page
    assert answer in opened.locator("main").text_content()
