"""Programs beyond the built-in layers, one for each corner of the language."""

PROGRAMS = {
    "dilated causal convolution": """
        input x[n, c, t]
        param W[f, c, p]
        hyper d = 2
        pad x = 0
        output y[n, f, t]
        y[n, f, t] = sum[c, p](W[f, c, p]*x[n, c, t - d*p])
        """,
    "bidirectional recurrent network": """
        input x[t, j], h0[i], g0[i]
        param W[i, j], U[i, i], V[i, i]
        output y[t, i]
        h[-1, i] = h0[i]
        h[t, i] = tanh(sum[j](W[i, j]*x[t, j]) + sum[k](U[i, k]*h[t-1, k]))
        g[-1, i] = g0[i]
        g[t, i] = tanh(sum[j](W[i, j]*x[size(t)-1-t, j]) + sum[k](V[i, k]*g[t-1, k]))
        y[t, i] = h[t, i] + g[size(t)-1-t, i]
        """,
    "two steps back": """
        input x[t], a, b
        output h[t]
        h[-1] = a
        h[-2] = b
        h[t] = x[t]*h[t-1] - h[t-2]
        """,
    "backwards in time": """
        input r[t], last
        hyper gamma = 0.9
        output G[t]
        G[t] = r[t] + gamma*G[t+1]
        G[size(t)] = last
        """,
    "edit distance": """
        const c[i, j]
        param w
        output D[i, j]
        D[-1, j] = j + 1
        D[i, -1] = i + 1
        D[-1, -1] = 0
        D[i, j] = min(min(D[i-1, j], D[i, j-1]) + w, D[i-1, j-1] + c[i, j])
        """,
    "mutual recurrence": """
        input x[t]
        output p[t], q[t]
        p[-1] = 1
        q[-1] = 0
        p[t] = p[t-1]*x[t] + q[t-1]
        q[t] = q[t-1] - p[t]
        """,
    "bilinear": """
        input x[n, i], y[n, j]
        param A[k, i, j]
        output z[n, k]
        z[n, k] = sum[i, j](x[n, i]*A[k, i, j]*y[n, j])
        """,
    "cosine similarity": """
        input a[n, i], b[n, i]
        output s[n]
        s[n] = sum[i](a[n, i]*b[n, i])/sqrt(sum[i](a[n, i]^2)*sum[i](b[n, i]^2))
        """,
    "cumulative sum": """
        input x[n, j]
        output y[n, i]
        index i : size(j)
        y[n, i] = sum[j where j <= i](x[n, j])
        """,
    "pixel shuffle": """
        input x[n, c, h, w]
        hyper r = 2 : int
        index f : size(c)//(r*r), u : r*size(h), v : r*size(w)
        output y[n, f, u, v]
        y[n, f, u, v] = x[n, r*r*f + r*(u % r) + v % r, u//r, v//r]
        """,
    "trace and diagonal": """
        input X[i, i]
        output s, d[i]
        s = sum[i](X[i, i])
        d[i] = X[i, i]
        """,
    "relative position bias": """
        input x[i], y[j]
        param b[r]
        output s[i, j]
        s[i, j] = x[i]*y[j] + b[i - j + size(j) - 1]
        """,
    "edge clamp": """
        input x[i]
        output y[i]
        y[i] = x[min(i + 1, size(i) - 1)] - x[max(i - 1, 0)]
        """,
    "a branch that keeps a read on its grid": """
        input u[i]
        output d[i]
        d[i] = u[i] - (u[i-1] if i >= 1 else 0)
        """,
    "greek": """
        input σ[n]
        param γ
        output φ[n]
        φ[n] = γ·σ[n] − π
        """,
    "functions": """
        input x[n]
        def swish(z) = z*sigmoid(z)
        def twice(z) = swish(swish(z))
        output y[n]
        y[n] = twice(x[n])
        """,
    "an input as output": """
        input x[n]
        output x[n], y
        y = sum[n](x[n])
        """,
    "a word per kind of name": """
        input n[n], lambda[n], class[n], np[n]
        output y[n]
        y[n] = n[n]*lambda[n] + class[n]*np[n]
        """,
}
