"""What equations look like in LaTeX: the textbook's typography, in the author's order."""

from __future__ import annotations

import pytest

import derive
from reports.mathematics.latex import escape, latex
from reports.mathematics.layout import Letter
from reports.mathematics.names import Names, names_of
from reports.mathematics.typeset import typeset_equation

DECLARED = """
input x[n, j], z[n, i], v[h], a, y2[n]
param W[i, j], W_hh[i, i], b[i], h0[n], gamma
const t[n, i], id[n] : int
hyper s = 2 : int, P = 0 : int, eps = 1e-5
index u : (size(h) - 1)//s + 1
index k : size(i)
index r : 3
output out
"""

# equation, its right side in LaTeX
RIGHT_SIDES = [
    # sums: one for all full-range indices, conditions under them
    ("out[n, i] = sum[j](W[i, j]*x[n, j]) + b[i]", r"\sum_{j}W_{i,j}\,x_{n,j} + b_{i}"),
    ("out = sum[n, i](z[n, i])", r"\sum_{n,i}z_{n,i}"),
    ("out[i] = sum[k where k <= i](z[0, k])", r"\sum_{k \le i}z_{0,k}"),
    (
        "out = sum[n, i where n == i](z[n, i])",
        r"\sum_{\substack{n,i \\ n = i}}z_{n,i}",
    ),
    ("out[n] = sum[i](z[n, i])*a", r"\left(\sum_{i}z_{n,i} \right)\,a"),
    ("out[n] = sum[i](z[n, i] + 1)^2", r"\left(\sum_{i}(z_{n,i} + 1) \right)^{2}"),
    ("out[n] = a*sum[i](z[n, i])", r"a\,\sum_{i}z_{n,i}"),
    ("out[n] = prod[i](z[n, i])", r"\prod_{i}z_{n,i}"),
    ("out[n] = mean[i](z[n, i])", r"\frac{1}{\lvert i\rvert}\,\sum_{i}z_{n,i}"),
    ("out[n] = max[i](z[n, i])", r"\max_{i}\,z_{n,i}"),
    ("out[n] = argmax[i](z[n, i])", r"\operatorname*{arg\,max}_{i}\,z_{n,i}"),
    ("out[n] = logsumexp[i](z[n, i])", r"\log\sum_{i}e^{z_{n,i}}"),
    # index expressions keep their written order
    ("out[u] = sum[r](v[min(s*u + r - P, 2)])", r"\sum_{r}v_{\min(su + r - P,2)}"),
    ("out[h] = v[size(h) - 1 - h]", r"v_{\lvert h\rvert - 1 - h}"),
    ("out[h] = v[h//2]*v[h % 2]", r"v_{\lfloor h/2\rfloor}\,v_{h\,\operatorname{mod}\,2}"),
    ("out[n] = b[id[n]]", r"b_{\mathrm{id}_{n}}"),
    ("out[h] = a^(h + 1)", r"a^{h + 1}"),
    # names: Greek, labels, numbers
    ("out[n] = gamma*h0[n] + eps", r"\gamma\,h_{n}^{(0)} + \varepsilon"),
    ("out[i] = W_hh[i, i]^2", r"(W_{i,i}^{\mathrm{hh}})^{2}"),
    ("out[n] = y2[n]", r"y_{n}^{(2)}"),
    # signs and brackets
    ("out[n] = -h0[n] - (a - 1)", r"-h_{n}^{(0)} - (a - 1)"),
    ("out = 2*(a - 1)", r"2\,(a - 1)"),
    ("out = -(a + gamma)", r"-(a + \gamma)"),
    ("out = a*(2*gamma)", r"a\,(2\,\gamma)"),
    ("out = a/gamma/2", r"\frac{\frac{a}{\gamma}}{2}"),
    ("out = (a/gamma)^2", r"\left(\frac{a}{\gamma} \right)^{2}"),
    ("out = (-a)^2", r"(-a)^{2}"),
    ("out = a^2^gamma", r"a^{2^{\gamma}}"),
    # functions
    ("out = tanh(a)*exp(-a)", r"\tanh(a)\,e^{-a}"),
    ("out = exp(a/gamma)", r"\exp\left(\frac{a}{\gamma} \right)"),
    ("out = relu(a) + sigmoid(gamma)", r"\operatorname{ReLU}(a) + \sigma(\gamma)"),
    ("out = sqrt(abs(a))", r"\sqrt{\lvert a\rvert}"),
    ("out = max(a, 2)", r"\max(a,2)"),
    ("out = leaky_relu(a, 0.01)", r"\operatorname{LeakyReLU}(a,0.01)"),
    # numbers
    ("out = 0.5*a", r"0.5\,a"),
    ("out = 1e-5 + a", r"10^{-5} + a"),
    ("out = 2.5e-8*a", r"2.5 \cdot 10^{-8}\,a"),
    ("out = pi*a", r"\pi\,a"),
    # conditions
    ("out = a*[a > 0]", r"a\,[a > 0]"),
    # ranges in one piece, deltas for equal indices, what is summed over first
    ("out[n] = [0 <= n - 1 and n - 1 < 3]", r"[0 \le n - 1 < 3]"),
    ("out[n] = [0 <= n and n < 3 and a > 0]", r"[0 \le n < 3\text{ and }a > 0]"),
    ("out[n] = [0 <= n and a < 3]", r"[0 \le n\text{ and }a < 3]"),
    ("out[n] = [n > 0 and n < 3]", r"[n > 0\text{ and }n < 3]"),
    ("out[n, i] = a*[n == i]", r"a\,\delta_{ni}"),
    ("out[n, i] = [n + 1 == i]", r"\delta_{n + 1,i}"),
    ("out[n, i] = [id[n] == i]", r"\delta_{\mathrm{id}_{n},i}"),
    ("out[n] = [not n < 2]", r"[n \ge 2]"),
    ("out[n] = [not (n < 2 or a > 1)]", r"[\text{not }(n < 2\text{ or }a > 1)]"),
    ("out[n] = [n == 1]", r"[n = 1]"),
    ("out[n, i] = [n % 2 == i]", r"[n\,\operatorname{mod}\,2 = i]"),
    ("out[n] = sum[i where n <= i](z[0, i])", r"\sum_{i \ge n}z_{0,i}"),
    ("out[n] = sum[i where n < i](z[0, i])", r"\sum_{i > n}z_{0,i}"),
    ("out[n] = sum[i where i + 1 < n](z[0, i])", r"\sum_{\substack{i \\ i + 1 < n}}z_{0,i}"),
    # one over n before the sum, not the sum over n
    ("out[n] = a*sum[i](z[n, i])/gamma", r"\frac{a}{\gamma}\,\sum_{i}z_{n,i}"),
    ("out[n] = sum[i](z[n, i])/gamma + a", r"\frac{1}{\gamma}\,\sum_{i}z_{n,i} + a"),
    ("out[n] = sum[i](z[n, i])/sum[i](z[n, i]^2)", r"\frac{\sum_{i}z_{n,i}}{\sum_{i}z_{n,i}^{2}}"),
    (
        "out = mean[n, i](z[n, i])",
        r"\frac{1}{\lvert n\rvert \cdot \lvert i\rvert}\,\sum_{n,i}z_{n,i}",
    ),
    ("out[n] = mean[i where i > 0](z[n, i])", r"\operatorname*{mean}_{i > 0}\,z_{n,i}"),
    ("out[n, i] = [n == i and n != 0]", r"[n = i\text{ and }n \ne 0]"),
    (
        "out = a if a > 0 else 0",
        r"\begin{cases} a & \text{if }a > 0 \\ 0 & \text{otherwise} \end{cases}",
    ),
    (
        "out = 1 + (a if a > 0 else (1 if a <= -1 else 2))",
        r"1 + \left(\begin{cases} a & \text{if }a > 0 \\ 1 & \text{if }a \le -1 \\ "
        r"2 & \text{otherwise} \end{cases} \right)",
    ),
]


@pytest.mark.parametrize(("equation", "expected"), RIGHT_SIDES)
def test_right_side(equation: str, expected: str) -> None:
    left = equation.partition(" = ")[0]
    program = derive.parse(DECLARED.replace("output out", f"output {left}") + equation)
    _, right = typeset_equation(program.equations[0], names_of(program))
    assert latex(right) == expected


NAMES = Names(frozenset({"x", "W", "dW", "z_lse", "loss", "gamma", "y_1"}), frozenset({"i", "j"}))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("W", "W"),
        ("dW", r"\bar{W}"),
        ("ddW", r"\overline{\bar{W}}"),
        ("dz_lse", r"\bar{z}_{\mathrm{lse}}"),
        ("dloss", r"\overline{\mathrm{loss}}"),
        ("dgamma", r"\bar{\gamma}"),
        ("dy", r"\mathrm{dy}"),  # there is no y
        ("d_model", r"d_{\mathrm{model}}"),
        ("a1_b", r"a_{1,\mathrm{b}}"),
        ("x_2", r"x_{2}"),
        ("xhat", r"\hat{x}"),
        ("mutilde", r"\tilde{\mu}"),
        ("that", r"\mathrm{that}"),
        ("losshat", r"\mathrm{losshat}"),
        # parts of the cotangents of y_1, of z_lse and of x
        ("dy_1", r"\bar{y}_{1}"),
        ("dy_1_total", r"\bar{y}_{1,\mathrm{total}}"),
        ("dz_lse_total", r"\bar{z}_{\mathrm{lse total}}"),
        ("dx_1_2", r"\bar{x}_{1,2}"),
        ("dy_2_total", r"\mathrm{dy}_{2,\mathrm{total}}"),
        ("dW1_total", r"\mathrm{dW}_{1,\mathrm{total}}"),
        ("p_logsumexp", r"p_{\mathrm{lse}}"),
    ],
)
def test_array_names(name: str, expected: str) -> None:
    assert latex(NAMES.array(name)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("i", "i"), ("i2", "i'"), ("i3", "i''"), ("k2", "k_{2}"), ("alpha", r"\alpha")],
)
def test_index_names(name: str, expected: str) -> None:
    assert latex(NAMES.index(name)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"\input{/etc/passwd}", r"\textbackslash{}input\{/etc/passwd\}"),
        ("100% & #1 $x$ a_b^c~", r"100\% \& \#1 \$x\$ a\_b\textasciicircum{}c\textasciitilde{}"),
        ("a\x00b\nc", "a b c"),
        ("<script>", r"\textless{}script\textgreater{}"),
    ],
)
def test_escape(text: str, expected: str) -> None:
    assert escape(text) == expected


def test_an_unknown_layout_is_refused() -> None:
    with pytest.raises(TypeError, match=r"str is not a layout: add a rule to mathematics\.latex"):
        latex("x")
    assert latex(Letter("x")) == "x"


def test_a_name_that_a_sign_would_have_keeps_the_letter() -> None:
    """Where a program has its own δ, e or σ, brackets and words stand for the signs."""
    head = "hyper delta = 1.5\ninput e[n], sigma[n]\nindex i : size(n)\noutput out[n]\n"
    program = derive.parse(head + "out[n] = delta*sum[i]([n == i]*exp(e[i]) + sigmoid(sigma[i]))")
    _, right = typeset_equation(program.equations[0], names_of(program))
    assert latex(right) == (
        r"\delta\,\sum_{i}([n = i]\,\exp(e_{i}) + \operatorname{sigmoid}(\sigma_{i}))"
    )
