"""Matrix forms: what they say, where there are none, and that a wrong one is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

import derive
from derive.errors import UntrueEquality
from reports.equations import derived
from reports.evaluation.lines import Evaluated, evaluated
from reports.mathematics.latex import latex
from reports.matrix import Reason, forms, match
from reports.matrix.tree import Matrix, Times, Turned
from tests.reports.derivations import derivation_of, evaluation_of

LINEAR = "input x[n, j]\nparam W[i, j], b[i]\noutput y[n, i]\n"
LINEAR += "y[n, i] = sum[j](W[i, j]*x[n, j]) + b[i]"


def plain(text: str) -> str:
    """LaTeX as one would type it: ``Zbar^T X``."""
    for old, new in (
        (r"\mathbf", ""), (r"\boldsymbol", ""), (r"\overline", "bar"), (r"\bar", "bar"),
        (r"\mathrm", ""), (r"\operatorname", ""), (r"\widehat", "hat"), (r"\top", "T"),
        (r"\,", " "), (r"\lvert ", "|"), (r"\rvert", "|"), ("{", ""), ("}", ""), ("^T", "'"),
        (r"\odot", "."), (r"\oslash", ":"), ("\\", ""),
    ):  # fmt: skip
        text = text.replace(old, new)
    return " ".join(text.split())


def found(name: str) -> dict[str, str]:
    equations = derivation_of(name)
    shown = forms(equations, evaluation_of(name))
    pairs = ((e, shown.of(e)) for e in equations.joint.equations)
    return {e.name: plain(f"{latex(f.left)} = {latex(f.right)}") for e, f in pairs if f is not None}


DENSE = {
    "z": "Z = X W' + 1 b'",
    "a": "A = ReLU(Z)",
    "dz": "barZ = barA . [Z > 0]",
    "dx": "barX = barZ W",
    "dW": "barW = barZ' X",
    "db": "barb' = 1' barZ",
}
LAYERS = [
    ("dense", DENSE),
    (
        "softmax_cross_entropy",
        {
            "p_logsumexp": "p_lse = log(exp(Z) 1)",
            "p": "P = exp(Z - p_lse 1')",
            "loss": "loss = -frac1|n| 1' (T . (Z - p_lse 1')) 1",
            "dz": "barZ = fracbarloss|n| (P - T)",
        },
    ),
    (
        "attention",
        {
            "a": "A_n = frac1sqrt|j| Q_n K_n'",
            "p_logsumexp": "p_n^lse = log(exp(A_n) 1)",
            "p": "P_n = exp(A_n - p_n^lse 1')",
            "y": "Y_n = P_n V_n",
            "dp": "barP_n = barY_n V_n'",
            "da": "barA_n = P_n . (barP_n - (barP_n . P_n) 1 1')",
            "dQ": "barQ_n = frac1sqrt|j| barA_n K_n",
            "dK": "barK_n = frac1sqrt|j| barA_n' Q_n",
            "dV": "barV_n = P_n' barY_n",
        },
    ),
    ("conv2d", {}),
    ("maxpool2d", {}),
    ("embedding", {}),
]


@pytest.mark.parametrize(("name", "expected"), LAYERS, ids=[name for name, _ in LAYERS])
def test_all_forms_of_a_layer(name: str, expected: dict[str, str]) -> None:
    assert found(name) == expected


def test_a_linear_layer() -> None:
    assert found(LINEAR) == {
        "y": "Y = X W' + 1 b'",
        "dx": "barX = barY W",
        "dW": "barW = barY' X",
        "db": "barb' = 1' barY",
    }


LSTM = {
    "f_in": "F_t^in = X_t W_f' + H_t - 1 U_f' + 1 b_f'",
    "f": "F_t = sigma(F_t^in)",
    "c": "C_t = F_t . C_t - 1 + I_t . G_t",
    "h": "H_t = O_t . H_t^tanh",
    "dh_total": "barH_t^total = barH_t + barF_t + 1^in U_f + barI_t + 1^in U_i + barO_t + 1^in U_o"
    " + barG_t + 1^in U_g",
    "dc_total": "barC_t^total = barC_t + barC_t + 1^total . F_t + 1"
    " + barH_t^total . O_t . (1 1' - (H_t^tanh)^.2)",
    "dx": "barX_t = barF_t^in W_f + barI_t^in W_i + barO_t^in W_o + barG_t^in W_g",
    "dh0": "barH^(0) = barF_0^in U_f + barI_0^in U_i + barO_0^in U_o + barG_0^in U_g",
    "dc0": "barC^(0) = barC_0^total . F_0",
    "dW_f": "barW_f = sum_t(barF_t^in)' X_t",
    "dU_f": "barU_f = sum_t(barF_t^in)' H_t - 1",
    "db_f": "barb_f' = sum_t1' barF_t^in",
}


def test_a_recurrence_in_slices_of_time() -> None:
    shown = found("lstm")
    assert {name: shown[name] for name in LSTM} == LSTM
    assert set(shown) == {e.name for e in derivation_of("lstm").joint.equations}


# the equation of y with its declarations, and some of the forms
PROGRAMS: list[tuple[str, dict[str, str]]] = [
    (
        "input x[i], y[j]\nparam A[i, j]\noutput z\nz = sum[i, j](x[i]*A[i, j]*y[j])",
        {"z": "z = x' A y", "dx": "barx = barz A y", "dy": "bary = barz A' x",
         "dA": "barA = barz x y'"},
    ),
    (
        "input A[i, j], B[j, k], C[k, l]\noutput y[i, l]\n"
        "y[i, l] = sum[j, k](A[i, j]*B[j, k]*C[k, l])",
        {"y": "Y = A B C", "dA": "barA = barY C' B'", "dB": "barB = A' barY C'",
         "dC": "barC = B' A' barY"},
    ),
    (
        "input x[n, i]\nparam W[i, i]\noutput y[n]\ny[n] = sum[i, k](x[n, i]*W[i, k]*x[n, k])",
        {"y": "y = (X . (X W')) 1", "dW": "barW = (X' . (1 bary')) X"},
    ),
    (
        "input u[i], v[j]\noutput y[i, j]\ny[i, j] = u[i]*v[j]",
        {"y": "Y = u v'", "du": "baru = barY v", "dv": "barv = barY' u"},
    ),
    (
        "input x[n, i], v[i]\noutput y[n]\ny[n] = sum[i](x[n, i]*v[i])/2 - 3",
        {"y": "y = frac12 X v - 3 1", "dx": "barX = frac12 bary v'", "dv": "barv = frac12 X' bary"},
    ),
    (
        "input u[i], v[i]\noutput y\ny = sum[i](u[i]*v[i])",
        {"y": "y = u' v", "du": "baru = bary v", "dv": "barv = bary u"},
    ),
    ("input x[n, i]\noutput y\ny = sum[n, i](x[n, i])", {"y": "y = 1' X 1", "dx": "barX = bary 1 1'"}),
    (
        "input x[n, i], g[i]\noutput m[i], y[n, i]\nm[i] = mean[n](x[n, i])\n"
        "y[n, i] = g[i]*(x[n, i] - m[i])",
        {"m": "m' = frac1|n| 1' X", "y": "Y = (1 g') . (X - 1 m')"},
    ),
    # quotients entry by entry
    (
        "input x[n, i], s[n], g[i]\noutput y[n, i]\ny[n, i] = g[i]*x[n, i]/(1 + s[n]^2)",
        {"y": "Y = (1 g') . X : ((1 + s^.2) 1')", "dx": "barX = barY . (1 g') : ((1 + s^.2) 1')",
         "ds": "bars = -2 s . ((barY . X) g) : (1 + s^.2)^.2",
         "dg": "barg' = (1' : (1' + (s')^.2)) (barY . X)"},
    ),
    (
        "input u[i], v[i]\noutput y[i]\ny[i] = u[i]/(1 + v[i]^2)",
        {"y": "y = u : (1 + v^.2)", "dv": "barv = -2 bary . v . y : (1 + v^.2)"},
    ),
    ("input u[n], v[i]\noutput y[n, i]\ny[n, i] = v[i]/u[n]", {"y": "Y = (1 : u) v'"}),
    ("input u[n], v[n]\noutput y\ny = sum[n](1/(u[n]*v[n]))", {"y": "y = 1' (1 : (u . v))"}),
    (
        "input x[n, i], s[n]\noutput y\ny = sum[n, i](x[n, i]/s[n])",
        {"y": "y = 1' ((X 1) : s)"},
    ),
    (
        "const w[i]\ninput x[n, i], u[n]\noutput y[n]\n"
        "y[n] = sum[i](x[n, i]/(1 + w[i]^2))*u[n]",
        {"y_sum": "y_sum = X (1 : (1 + w^.2))", "dx": "barX = (bary . u) (1' : (1' + (w')^.2))"},
    ),
    ("input x[n, i]\noutput y[n, i]\ny[n, i] = sqrt(3 + x[n, i]^2)",
     {"y": "Y = sqrt3 1 1' + X^.2"}),
    # numbers before a matrix: a sum in brackets, matrix products in brackets
    (
        "input p[i]\noutput y[i]\ny[i] = p[i]*(2 + sum[k](p[k]^2))^2",
        {"y": "y = (2 + y_sum)^2 p",
         "dp": "barp = (2 + y_sum) (4 (bary' p) p + (2 + y_sum) bary)"},
    ),
    (
        "input x[n, i, j], v[k]\noutput y[n, k]\ny[n, k] = sum[i, j](x[n, i, j])*v[k]",
        {"y": "y_n = y_n^sum v", "dx": "barX_n = (bary_n' v) 1 1'"},
    ),
    # words, copies, zeros, numbers of a function
    (
        "input word[n, i]\noutput y[n]\ny[n] = sum[i](word[n, i])",
        {"y": "y = Word 1", "dword": "barWord = bary 1'"},
    ),
    ("input x[n, i]\noutput y[i, n]\ny[i, n] = x[n, i]", {"y": "Y = X'", "dx": "barX = barY'"}),
    ("input z[n, i]\noutput y[n, i]\ny[n, i] = step(z[n, i])", {"y": "Y = step(Z)", "dz": "barZ = 0"}),
    ("input z[n]\nhyper a = 0.1\noutput y[n]\ny[n] = leaky_relu(z[n], a)",
     {"y": "y = LeakyReLU(z,a)"}),
    # time alone makes slices too: there is no batch
    (
        "input x[t, i], h0[i]\nparam U[i, i]\noutput h[t, i]\nh[-1, i] = h0[i]\n"
        "h[t, i] = tanh(sum[k](U[i, k]*h[t-1, k]) + x[t, i])",
        {"h_in": "h_t^in = U h_t - 1 + x_t", "dU": "barU = sum_tbarh_t^in h_t - 1'"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), PROGRAMS)
def test_forms_of_programs(text: str, expected: dict[str, str]) -> None:
    shown = found(text)
    assert {name: shown.get(name) for name in expected} == expected


# why there is none, and the program that has none
NONE: list[tuple[Reason, str]] = [
    # X and x are both a bold capital X
    (Reason.NAME, "input X[i, j], x[j, k]\noutput y[i, k]\ny[i, k] = sum[j](X[i, j]*x[j, k])"),
    # a name that is no word has no bold
    (Reason.NAME, "input word_[n, i]\noutput y[n]\ny[n] = sum[i](word_[n, i])"),
    (Reason.CONDITION, "input x[n, i]\noutput y[n]\ny[n] = sum[i where i > 0](x[n, i])"),
    (Reason.CONDITION, "input x[n, i]\noutput y[n, i]\ny[n, i] = x[n, i]*[x[n, i] > 0 or n == i]"),
    (Reason.CHOICE, "input x[n, i]\noutput y[n, i]\ny[n, i] = x[n, i] if x[n, i] > 0 else -1"),
    (Reason.EXTREME, "input x[n, i]\noutput y[n]\ny[n] = max[i](x[n, i])"),
    (Reason.EXTREME, "input x[n, i]\noutput y[n]\ny[n] = prod[i](x[n, i])"),
    (Reason.DIAGONAL, "input x[n, n]\noutput y[n]\ny[n] = x[n, n]"),
    (Reason.RANK, "input x[n, i, j], u[m, k, i]\noutput y[n]\ny[n] = sum[i, j](x[n, i, j])"),
    (Reason.PICKED, "input x[n, i]\noutput y[n]\ny[n] = x[n, 0]^2"),
    (Reason.GATHER, "input E[k, i]\nconst id[n] : int\noutput y[n, i]\ny[n, i] = E[id[n], i]"),
    # what moves is no slice
    (Reason.WINDOW, "pad x = 0\ninput x[n, i]\noutput y[n, i]\ny[n, i] = x[n, i + 1]^2"),
    (Reason.NUMBERS, "input x, w\noutput y\ny = 2*w*x"),
    # no number, and no matrix product
    (Reason.POSITION, "input x[n, i]\noutput y[n, i]\ny[n, i] = i*x[n, i]"),
    (Reason.POSITION, "input x[n, i]\nhyper g = 0.9\noutput y[n, i]\ny[n, i] = g^n*x[n, i]"),
    (Reason.PRODUCT, "input x[n, i], t[n]\noutput y[n, i]\ny[n, i] = leaky_relu(x[n, i], t[n])"),
    (
        Reason.PRODUCT,
        "input a[i, j], b[j, k], c[i, k]\noutput y[i, k]\n"
        "y[i, k] = sum[j](a[i, j]*b[j, k]*(a[i, j] - b[j, k]))",
    ),
]


@pytest.mark.parametrize(("reason", "text"), NONE)
def test_no_form_is_claimed(reason: Reason, text: str) -> None:
    shown = forms(derivation_of(text), evaluation_of(text))
    assert {e.name: why for e, why in shown.lacking.items()}["y"] == reason
    assert "y" not in found(text)


def test_every_reason_is_met() -> None:
    assert {reason for reason, _ in NONE} == set(Reason) - {Reason.VALUE}


def test_no_form_without_data() -> None:
    assert forms(derivation_of("dense"), Evaluated(reason="none")).found == {}


def test_no_form_where_it_cannot_be_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    equations = derivation_of("dense")
    held = evaluation_of("dense")

    def unfit(*_: object) -> None:
        raise ArithmeticError

    monkeypatch.setattr("reports.matrix.beside.value", unfit)
    lacking = forms(equations, held).lacking
    assert set(lacking.values()) == {Reason.VALUE}
    assert set(lacking) == set(equations.joint.equations)


# ---- wrong forms -------------------------------------------------------------------------------


def _turned(factors: tuple[Matrix, ...]) -> tuple[Matrix, ...]:
    """With a transpose left out, or put in."""
    first = factors[0]
    return (first.body if isinstance(first, Turned) else Turned(first), *factors[1:])


def _reversed(factors: tuple[Matrix, ...]) -> tuple[Matrix, ...]:
    return tuple(reversed(factors))


@pytest.mark.parametrize("change", [_turned, _reversed])
def test_a_wrong_form_is_refused(change: object, monkeypatch: pytest.MonkeyPatch) -> None:
    # square matrices: shapes do not tell
    text = "input A[i, k], B[k, l]\noutput y[i, l]\nindex k : size(i)\nindex l : size(i)\n"
    equations = derived(derive.parse(text + "y[i, l] = sum[k](A[i, k]*B[k, l])"))
    right = match.formed

    def wrong(*args: object) -> object:
        sides = right(*args)  # type: ignore[arg-type]
        assert sides is not None
        assert isinstance(sides[1], Times)
        return sides[0], replace(sides[1], factors=change(sides[1].factors))  # type: ignore[operator]

    monkeypatch.setattr("reports.matrix.beside.formed", wrong)
    with pytest.raises(UntrueEquality, match="the matrix form of y does not hold"):
        forms(equations, evaluated(equations))
