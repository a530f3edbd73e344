"""Textbook derivations as claims, right and wrong, for every test of claims."""

DENSE = """
    input x[n, j]
    param W[i, j], b[i]
    output a[n, i]
    z[n, i] = sum[j](W[i, j]*x[n, j]) + b[i]
    a[n, i] = tanh(z[n, i])
"""
SIGMOID = DENSE.replace("tanh", "sigmoid")
RELU = DENSE.replace("tanh", "relu")
SOFTMAX = """
    input z[n, k]
    output p[n, k]
    p[n, k] = exp(z[n, k])/sum[i](exp(z[n, i]))
"""
SOFTMAX_CE = """
    input z[n, k]
    const t[n, k]
    assume sum[k](t[n, k]) = 1
    output loss
    p[n, k] = exp(z[n, k])/sum[i](exp(z[n, i]))
    loss = mean[n](-sum[k](t[n, k]*log(p[n, k])))
"""
UNASSUMED_CE = SOFTMAX_CE.replace("assume sum[k](t[n, k]) = 1", "")
LOGISTIC = """
    const x[n, j], t[n]
    param w[j], b
    output loss
    z[n] = sum[j](w[j]*x[n, j]) + b
    y[n] = sigmoid(z[n])
    loss = mean[n](-t[n]*log(y[n]) - (1 - t[n])*log(1 - y[n]))
"""
MSE = """
    input y[n, k]
    const t[n, k]
    output loss
    loss = mean[n, k]((y[n, k] - t[n, k])^2)
"""
RNN = """
    input x[t, n, j], h0[n, i]
    param U[i, k], W[i, j]
    index k : size(i)
    output h[t, n, i]
    h[-1, n, i] = h0[n, i]
    a[t, n, i] = sum[k](U[i, k]*h[t-1, n, k]) + sum[j](W[i, j]*x[t, n, j])
    h[t, n, i] = tanh(a[t, n, i])
"""
LSTM = """
    input i[t, n, u], f[t, n, u], o[t, n, u], g[t, n, u], c0[n, u]
    output h[t, n, u]
    c[-1, n, u] = c0[n, u]
    c[t, n, u] = sigmoid(f[t, n, u])*c[t-1, n, u] + sigmoid(i[t, n, u])*tanh(g[t, n, u])
    h[t, n, u] = sigmoid(o[t, n, u])*tanh(c[t, n, u])
"""
LAYER_NORM = """
    input x[n, i]
    param gamma[i], beta[i]
    hyper eps = 1e-5
    output y[n, i]
    mu[n] = mean[i](x[n, i])
    var[n] = mean[i]((x[n, i] - mu[n])^2)
    s[n] = sqrt(var[n] + eps)
    xhat[n, i] = (x[n, i] - mu[n])/s[n]
    y[n, i] = gamma[i]*xhat[n, i] + beta[i]
"""
BATCH_NORM = """
    input x[n, i]
    param gamma[i], beta[i]
    hyper eps = 1e-5
    output y[n, i]
    mu[i] = mean[n](x[n, i])
    var[i] = mean[n]((x[n, i] - mu[i])^2)
    s[i] = sqrt(var[i] + eps)
    xhat[n, i] = (x[n, i] - mu[i])/s[i]
    y[n, i] = gamma[i]*xhat[n, i] + beta[i]
"""
ATTENTION = """
    input Q[q, d], K[k, d], V[k, e]
    output y[q, e]
    s[q, k] = sum[d](Q[q, d]*K[k, d])/sqrt(size(d))
    p[q, k] = exp(s[q, k])/sum[m](exp(s[q, m]))
    y[q, e] = sum[k](p[q, k]*V[k, e])
"""
CONV1D = """
    input x[n, c, w]
    param K[f, c, q], b[f]
    index v : size(w) - size(q) + 1
    output y[n, f, v]
    y[n, f, v] = sum[c, q](K[f, c, q]*x[n, c, v + q]) + b[f]
"""
STRIDED = """
    input x[n, c, w]
    param K[f, c, q]
    hyper s = 2 : int
    index v : (size(w) - size(q))//s + 1
    output y[n, f, v]
    y[n, f, v] = sum[c, q](K[f, c, q]*x[n, c, s*v + q])
"""

# name, program, claim: every step is the step before, and the gradient
RIGHT = [
    ("dense dz", DENSE, "dz[n, i] = da[n, i]*(1 - a[n, i]^2) = da[n, i]*(1 - tanh(z[n, i])^2)"),
    ("dense dz by cosh", DENSE, "dz[n, i] = da[n, i]/cosh(z[n, i])^2"),
    ("dense dW", DENSE, "dW[i, j] = sum[n](dz[n, i]*x[n, j]) = sum[m](x[m, j]*(1 - a[m, i]^2)*da[m, i])"),
    ("dense db", DENSE, "db[i] = sum[n](dz[n, i])"),
    ("dense dx", DENSE, "dx[n, j] = sum[i](W[i, j]*dz[n, i]) = sum[q](dz[n, q]*W[q, j])"),
    ("dense z", DENSE, "z[n, i] = b[i] + sum[m](x[n, m]*W[i, m])"),
    ("sigmoid s(1 - s)", SIGMOID, "dz[n, i] = da[n, i]*a[n, i]*(1 - a[n, i])"),
    ("sigmoid by exp", SIGMOID, "dz[n, i] = da[n, i]*exp(-z[n, i])/(1 + exp(-z[n, i]))^2"),
    ("sigmoid of -z", SIGMOID, "dz[n, i] = da[n, i]*sigmoid(z[n, i])*sigmoid(-z[n, i])"),
    ("relu", RELU, "dz[n, i] = da[n, i]*[z[n, i] > 0] = (da[n, i] if z[n, i] > 0 else 0)"),
    ("relu by step", RELU, "dz[n, i] = da[n, i]*step(z[n, i]) = da[n, i]*(1 - [z[n, i] <= 0])"),
    ("softmax", SOFTMAX, "dz[n, k] = p[n, k]*(dp[n, k] - sum[m](p[n, m]*dp[n, m]))"),
    ("softmax jacobian", SOFTMAX, "dz[n, k] = sum[m](dp[n, m]*p[n, m]*([k == m] - p[n, k]))"),
    ("softmax rows", SOFTMAX, "p[n, k] = p[n, k]*sum[m](p[n, m])"),
    ("softmax gradients add to 0", SOFTMAX, "dz[n, k] = dz[n, k] - sum[m](dz[n, m])/size(k)"),
    ("softmax cross-entropy", SOFTMAX_CE, "dz[n, k] = dloss*(p[n, k] - t[n, k])/size(n)"),
    ("softmax cross-entropy chain", SOFTMAX_CE,
     "dz[n, k] = p[n, k]*(dp[n, k] - sum[m](dp[n, m]*p[n, m]))"
     " = dloss/size(n)*(p[n, k]*sum[m](t[n, m]) - t[n, k]) = dloss/size(n)*(p[n, k] - t[n, k])"),
    ("cross-entropy dp", SOFTMAX_CE, "dp[n, k] = -dloss*t[n, k]/(p[n, k]*size(n))"),
    ("cross-entropy unassumed", UNASSUMED_CE,
     "dz[n, k] = dloss/size(n)*(p[n, k]*sum[m](t[n, m]) - t[n, k])"),
    ("cross-entropy loss", SOFTMAX_CE,
     "loss = mean[n](log(sum[k](exp(z[n, k]))) - sum[k](t[n, k]*z[n, k]))"
     " = mean[n](logsumexp[k](z[n, k]) - sum[k](t[n, k]*z[n, k]))"),
    ("logistic dw", LOGISTIC, "dw[j] = dloss*mean[n]((y[n] - t[n])*x[n, j])"),
    ("logistic db", LOGISTIC, "db = dloss*mean[n](y[n] - t[n]) = sum[n](dz[n])"),
    ("logistic loss", LOGISTIC, "loss = mean[n](softplus(z[n]) - t[n]*z[n])"),
    ("logistic chain", LOGISTIC,
     "dz[n] = dy[n]*y[n]*(1 - y[n]) = dloss/size(n)*(y[n] - t[n])"),
    ("mean square", MSE, "dy[n, k] = 2*dloss*(y[n, k] - t[n, k])/(size(n)*size(k))"),
    ("rnn da", RNN, "da[t, n, i] = dh_total[t, n, i]*(1 - h[t, n, i]^2)"),
    ("rnn dh", RNN, "dh_total[t, n, i] = dh[t, n, i] + sum[m](U[m, i]*da[t+1, n, m])"
     " = dh[t, n, i] + sum[m](U[m, i]*(1 - h[t+1, n, m]^2)*dh_total[t+1, n, m])"),
    ("rnn dU", RNN, "dU[i, k] = sum[t, n](da[t, n, i]*h[t-1, n, k])"),
    ("rnn dW", RNN, "dW[i, j] = sum[t, n](da[t, n, i]*x[t, n, j])"),
    ("rnn dx", RNN, "dx[t, n, j] = sum[i](da[t, n, i]*W[i, j])"),
    ("rnn dh0", RNN, "dh0[n, k] = sum[i](da[0, n, i]*U[i, k])"),
    ("lstm dc", LSTM,
     "dc[t, n, u] = dh[t, n, u]*sigmoid(o[t, n, u])*(1 - tanh(c[t, n, u])^2)"
     " + dc[t+1, n, u]*sigmoid(f[t+1, n, u])"),
    ("lstm df", LSTM, "df[t, n, u] = dc[t, n, u]*c[t-1, n, u]*sigmoid(f[t, n, u])*(1 - sigmoid(f[t, n, u]))"),
    ("lstm di", LSTM, "di[t, n, u] = dc[t, n, u]*tanh(g[t, n, u])*sigmoid(i[t, n, u])*sigmoid(-i[t, n, u])"),
    ("lstm dg", LSTM, "dg[t, n, u] = dc[t, n, u]*sigmoid(i[t, n, u])*(1 - tanh(g[t, n, u])^2)"),
    ("lstm do", LSTM,
     "do[t, n, u] = dh[t, n, u]*h[t, n, u]*(1 - sigmoid(o[t, n, u]))"),
    ("lstm dc0", LSTM, "dc0[n, u] = dc[0, n, u]*sigmoid(f[0, n, u])"),
    ("layer norm compact", LAYER_NORM,
     "dx[n, i] = (dxhat[n, i] - mean[m](dxhat[n, m]) - xhat[n, i]*mean[m](dxhat[n, m]*xhat[n, m]))/s[n]"),
    ("layer norm dxhat", LAYER_NORM, "dxhat[n, i] = dy[n, i]*gamma[i]"),
    ("layer norm dgamma", LAYER_NORM, "dgamma[i] = sum[n](dy[n, i]*(x[n, i] - mu[n])/s[n])"),
    ("layer norm dvar", LAYER_NORM,
     "dvar[n] = -sum[i](dxhat[n, i]*(x[n, i] - mu[n]))*(var[n] + eps)^(-3/2)/2"),
    ("layer norm xhat adds to 0", LAYER_NORM, "mu[n] = mu[n] + sum[i](xhat[n, i])"),
    ("batch norm compact", BATCH_NORM,
     "dx[n, i] = gamma[i]/(size(n)*s[i])*(size(n)*dy[n, i] - dbeta[i] - xhat[n, i]*dgamma[i])"),
    ("batch norm dbeta", BATCH_NORM, "dbeta[i] = sum[n](dy[n, i])"),
    ("batch norm dmu", BATCH_NORM, "dmu[i] = -sum[n](dxhat[n, i])/s[i]"),
    ("attention dV", ATTENTION, "dV[k, e] = sum[q](p[q, k]*dy[q, e])"),
    ("attention dp", ATTENTION, "dp[q, k] = sum[e](dy[q, e]*V[k, e])"),
    ("attention ds", ATTENTION, "ds[q, k] = p[q, k]*(dp[q, k] - sum[m](p[q, m]*dp[q, m]))"
     " = p[q, k]*(dp[q, k] - sum[e](dy[q, e]*y[q, e]))"),
    ("attention dQ", ATTENTION, "dQ[q, d] = sum[k](ds[q, k]*K[k, d])/sqrt(size(d))"),
    ("attention dK", ATTENTION, "dK[k, d] = sum[q](ds[q, k]*Q[q, d])*size(d)^(-1/2)"),
    ("convolution dK", CONV1D, "dK[f, c, q] = sum[n, v](dy[n, f, v]*x[n, c, v + q])"),
    ("convolution dx", CONV1D, "dx[n, c, w] = sum[f, q](K[f, c, q]*dy[n, f, w - q])"),
    ("convolution db", CONV1D, "db[f] = sum[n, v](dy[n, f, v])"),
    ("convolution by deltas", CONV1D,
     "dx[n, c, w] = sum[f, q, v](K[f, c, q]*dy[n, f, v]*[v + q == w])"),
    ("strided dK", STRIDED, "dK[f, c, q] = sum[n, v](x[n, c, s*v + q]*dy[n, f, v])"),
    ("strided dx", STRIDED, "dx[n, c, w] = sum[f, q](K[f, c, q]*dy[n, f, (w - q)/s])"),
]  # fmt: skip

# name, program, claim, what the verdict says besides: a cause or another reading
WRONG = [
    ("dW of the first sample", DENSE, "dW[i, j] = da[0, i]*(1 - a[0, i]^2)*x[0, j]", ""),
    ("dW without the sum, dz forgotten", DENSE, "dW[i, j] = sum[n](da[n, i]*x[n, j])", ""),
    ("tanh' of z", DENSE, "dz[n, i] = da[n, i]*(1 - z[n, i]^2)", ""),
    ("sigmoid' of z", SIGMOID, "dz[n, i] = da[n, i]*z[n, i]*(1 - z[n, i])", ""),
    ("relu' of da", RELU, "dz[n, i] = da[n, i]*[da[n, i] > 0]", ""),
    ("W not transposed", DENSE, "dx[n, j] = sum[i](dz[n, i]*W[j, i])", "with W[i, j] for W[j, i]"),
    ("dW transposed", DENSE, "dW[j, i] = sum[n](dz[n, i]*x[n, j])", "for dW[i, j], in the other layout"),
    ("mean for sum", DENSE, "db[i] = mean[n](dz[n, i])", "times size(n), as for the sum over n"),
    ("softmax's diagonal alone", SOFTMAX, "dz[n, k] = dp[n, k]*p[n, k]*(1 - p[n, k])", ""),
    ("cross-entropy unassumed", UNASSUMED_CE, "dz[n, k] = dloss/size(n)*(p[n, k] - t[n, k])",
     "if sum[k](t[n, k]) = 1"),
    ("cotangent left out", SOFTMAX_CE, "dz[n, k] = (p[n, k] - t[n, k])/size(n)", "with dloss = 1"),
    ("cotangent and 1/N left out", SOFTMAX_CE, "dz[n, k] = p[n, k] - t[n, k]",
     "divided by size(n), as for the mean over n and not the sum and with dloss = 1"),
    ("missing 1/N", SOFTMAX_CE, "dz[n, k] = dloss*(p[n, k] - t[n, k])",
     "divided by size(n), as for the mean over n and not the sum"),
    ("sign", SOFTMAX_CE, "dz[n, k] = dloss*(t[n, k] - p[n, k])/size(n)", "with the opposite sign"),
    ("square without its 2", MSE, "dy[n, k] = dloss*(y[n, k] - t[n, k])/(size(n)*size(k))", "times 2"),
    ("h_t for h_t-1", RNN, "dU[i, k] = sum[t, n](da[t, n, i]*h[t, n, k])", ""),
    ("carry left out", RNN, "dh_total[t, n, i] = dh[t, n, i]", ""),
    ("c_t for c_t-1", LSTM,
     "df[t, n, u] = dc[t, n, u]*c[t, n, u]*sigmoid(f[t, n, u])*(1 - sigmoid(f[t, n, u]))", ""),
    ("mean and variance held", LAYER_NORM, "dx[n, i] = dxhat[n, i]/s[n]", ""),
    ("attention without its scale", ATTENTION, "dQ[q, d] = sum[k](ds[q, k]*K[k, d])", ""),
    ("convolution not flipped", CONV1D, "dx[n, c, w] = sum[f, q](K[f, c, q]*dy[n, f, w + q])", ""),
]  # fmt: skip
