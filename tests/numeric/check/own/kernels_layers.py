"""Right hand-written kernels: recurrent layers, convolution, pooling, attention, embedding."""

from __future__ import annotations

from textwrap import dedent

LSTM = dedent("""
    import numpy as np

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    def forward(X, c0, h0, WLSTM):
        n, b, input_size = X.shape
        d = WLSTM.shape[1] // 4
        xphpb = WLSTM.shape[0]
        Hin = np.zeros((n, b, xphpb))
        Hout = np.zeros((n, b, d))
        IFOG = np.zeros((n, b, d * 4))
        IFOGf = np.zeros((n, b, d * 4))
        C = np.zeros((n, b, d))
        Ct = np.zeros((n, b, d))
        for t in range(n):
            prevh = Hout[t - 1] if t > 0 else h0
            Hin[t, :, 0] = 1
            Hin[t, :, 1:input_size + 1] = X[t]
            Hin[t, :, input_size + 1:] = prevh
            IFOG[t] = Hin[t].dot(WLSTM)
            IFOGf[t, :, :3 * d] = 1.0 / (1.0 + np.exp(-IFOG[t, :, :3 * d]))
            IFOGf[t, :, 3 * d:] = np.tanh(IFOG[t, :, 3 * d:])
            prevc = C[t - 1] if t > 0 else c0
            C[t] = IFOGf[t, :, :d] * IFOGf[t, :, 3 * d:] + IFOGf[t, :, d:2 * d] * prevc
            Ct[t] = np.tanh(C[t])
            Hout[t] = IFOGf[t, :, 2 * d:3 * d] * Ct[t]
        cache = {"WLSTM": WLSTM, "Hout": Hout, "IFOGf": IFOGf, "C": C, "Ct": Ct, "Hin": Hin,
                 "c0": c0, "h0": h0, "input_size": input_size}
        return Hout, cache

    def backward(cache, dHout_in):
        WLSTM, Hout, IFOGf = cache["WLSTM"], cache["Hout"], cache["IFOGf"]
        C, Ct, Hin, c0 = cache["C"], cache["Ct"], cache["Hin"], cache["c0"]
        n, b, d = Hout.shape
        input_size = cache["input_size"]
        dIFOG = np.zeros((n, b, d * 4))
        dIFOGf = np.zeros(IFOGf.shape)
        dWLSTM = np.zeros(WLSTM.shape)
        dHin = np.zeros(Hin.shape)
        dC = np.zeros(C.shape)
        dX = np.zeros((n, b, input_size))
        dh0 = np.zeros((b, d))
        dc0 = np.zeros((b, d))
        dHout = dHout_in.copy()
        for t in reversed(range(n)):
            tanhCt = Ct[t]
            dIFOGf[t, :, 2 * d:3 * d] = tanhCt * dHout[t]
            dC[t] += (1 - tanhCt**2) * (IFOGf[t, :, 2 * d:3 * d] * dHout[t])
            if t > 0:
                dIFOGf[t, :, d:2 * d] = C[t - 1] * dC[t]
                dC[t - 1] += IFOGf[t, :, d:2 * d] * dC[t]
            else:
                dIFOGf[t, :, d:2 * d] = c0 * dC[t]
                dc0 = IFOGf[t, :, d:2 * d] * dC[t]
            dIFOGf[t, :, :d] = IFOGf[t, :, 3 * d:] * dC[t]
            dIFOGf[t, :, 3 * d:] = IFOGf[t, :, :d] * dC[t]
            dIFOG[t, :, 3 * d:] = (1 - IFOGf[t, :, 3 * d:] ** 2) * dIFOGf[t, :, 3 * d:]
            y = IFOGf[t, :, :3 * d]
            dIFOG[t, :, :3 * d] = (y * (1.0 - y)) * dIFOGf[t, :, :3 * d]
            dWLSTM += np.dot(Hin[t].transpose(), dIFOG[t])
            dHin[t] = dIFOG[t].dot(WLSTM.transpose())
            dX[t] = dHin[t, :, 1:input_size + 1]
            if t > 0:
                dHout[t - 1, :] += dHin[t, :, input_size + 1:]
            else:
                dh0 += dHin[t, :, input_size + 1:]
        return dX, dc0, dh0, dWLSTM
""")

RNN = dedent("""
    import numpy as np

    def forward(x, h0, W, U):
        hs = [h0]
        for xt in x:
            hs.append(np.tanh(xt @ W.T + hs[-1] @ U.T))
        return np.stack(hs[1:]), (x, hs, W, U)

    def backward(saved, dh):
        x, hs, W, U = saved
        dx, dW, dU = np.empty_like(x), np.zeros_like(W), np.zeros_like(U)
        carry = np.zeros_like(hs[0])
        for t in range(len(x) - 1, -1, -1):
            da = (dh[t] + carry) * (1 - hs[t + 1] ** 2)
            dx[t] = da @ W
            dW += da.T @ x[t]
            dU += da.T @ hs[t]
            carry = da @ U
        return dx, carry, dW, dU
""")

GRU = dedent("""
    import numpy as np

    def sig(a):
        e = np.exp(-np.abs(a))
        return np.where(a >= 0, 1, e) / (1 + e)

    def forward(x, h0, Wz, Wr, Wn):
        T = x.shape[0]
        h, saved = h0, []
        out = np.zeros((T,) + h0.shape, dtype=h0.dtype)
        for t in range(T):
            u = np.concatenate([x[t], h], axis=1)
            z, r = sig(u @ Wz), sig(u @ Wr)
            v = np.hstack((x[t], r * h))
            n = np.tanh(v @ Wn)
            saved.append((u, z, r, v, n, h))
            h = (1 - z) * n + z * h
            out[t] = h
        return out, (saved, Wz, Wr, Wn, x.shape)

    def backward(cache, dout):
        saved, Wz, Wr, Wn, shape = cache
        k = shape[-1]
        dx = np.zeros(shape)
        dWz, dWr, dWn = (np.zeros_like(W) for W in (Wz, Wr, Wn))
        dh = np.zeros_like(dout[0])
        for t in range(shape[0])[::-1]:
            u, z, r, v, n, h = saved[t]
            d = dout[t] + dh
            dn = d * (1 - z) * (1 - n * n)
            dz = d * (h - n) * z * (1 - z)
            dv = dn @ Wn.T
            dr = dv[:, k:] * h * r * (1 - r)
            du = dz @ Wz.T + dr @ Wr.T
            dWn += v.T @ dn
            dWz += u.T @ dz
            dWr += u.T @ dr
            dx[t] = dv[:, :k] + du[:, :k]
            dh = d * z + dv[:, k:] * r + du[:, k:]
        return dx, dh, dWz, dWr, dWn
""")

IM2COL = dedent("""
    import numpy as np

    STRIDE, PAD = 2, 1

    def indices(shape, kh, kw):
        n, c, h, w = shape
        oh = (h + 2 * PAD - kh) // STRIDE + 1
        ow = (w + 2 * PAD - kw) // STRIDE + 1
        i0 = np.tile(np.repeat(np.arange(kh), kw), c)
        i1 = STRIDE * np.repeat(np.arange(oh), ow)
        j0 = np.tile(np.arange(kw), kh * c)
        j1 = STRIDE * np.tile(np.arange(ow), oh)
        i = i0.reshape(-1, 1) + i1.reshape(1, -1)
        j = j0.reshape(-1, 1) + j1.reshape(1, -1)
        k = np.repeat(np.arange(c), kh * kw).reshape(-1, 1)
        return k, i, j, oh, ow

    def forward(x, W, b):
        f, c, kh, kw = W.shape
        k, i, j, oh, ow = indices(x.shape, kh, kw)
        padded = np.pad(x, ((0, 0), (0, 0), (PAD, PAD), (PAD, PAD)), mode="constant")
        cols = padded[:, k, i, j].transpose(1, 2, 0).reshape(kh * kw * c, -1)
        out = W.reshape(f, -1) @ cols + b.reshape(-1, 1)
        return out.reshape(f, oh, ow, len(x)).transpose(3, 0, 1, 2).copy(), (x.shape, W, cols)

    def backward(cache, dout):
        shape, W, cols = cache
        f, c, kh, kw = W.shape
        n, _, h, w = shape
        k, i, j, oh, ow = indices(shape, kh, kw)
        db = np.sum(dout, axis=(0, 2, 3))
        flat = dout.transpose(1, 2, 3, 0).reshape(f, -1)
        dW = (flat @ cols.T).reshape(W.shape)
        dcols = (W.reshape(f, -1).T @ flat).reshape(c * kh * kw, -1, n).transpose(2, 0, 1)
        padded = np.zeros((n, c, h + 2 * PAD, w + 2 * PAD), dtype=dout.dtype)
        np.add.at(padded, (slice(None), k, i, j), dcols)
        return padded[:, :, PAD:-PAD, PAD:-PAD].copy(), dW, db
""")

WINDOWS = dedent("""
    import numpy as np
    from numpy.lib.stride_tricks import sliding_window_view

    def forward(x, w):
        view = sliding_window_view(x, w.shape[0], axis=1)
        return view @ w, (x, w)

    def backward(saved, dy):
        x, w = saved
        view = sliding_window_view(x, len(w), axis=1)
        padded = np.pad(dy, ((0, 0), (len(w) - 1, len(w) - 1)))
        dx = sliding_window_view(padded, len(w), axis=1) @ w[::-1]
        return dx, np.tensordot(dy, view, axes=([0, 1], [0, 1]))
""")

STRIDED = dedent("""
    import numpy as np

    def windows(x, k):
        n, length = x.shape
        s0, s1 = x.strides
        return np.lib.stride_tricks.as_strided(
            x, shape=(n, (length - k) // 2 + 1, k), strides=(s0, 2 * s1, s1))

    def forward(x, w):
        return np.einsum("nuk,k->nu", windows(x, w.size), w), (x, w)

    def backward(saved, dy):
        x, w = saved
        dx = np.zeros_like(x)
        for u in range(dy.shape[1]):
            dx[:, 2 * u:2 * u + w.size] += dy[:, u:u + 1] * w
        return dx, np.einsum("nu,nuk->k", dy, windows(x, w.size))
""")

MAX_POOL = dedent("""
    import numpy as np

    def forward(x):
        N, C, H, W = x.shape
        out = np.zeros((N, C, H // 2, W // 2))
        for n in range(N):
            for c in range(C):
                for i in range(H // 2):
                    for j in range(W // 2):
                        out[n, c, i, j] = np.max(x[n, c, 2*i:2*i+2, 2*j:2*j+2])
        return out, x

    def backward(x, dout):
        dx = np.zeros_like(x)
        N, C, H, W = dout.shape
        for n in range(N):
            for c in range(C):
                for i in range(H):
                    for j in range(W):
                        window = x[n, c, 2*i:2*i+2, 2*j:2*j+2]
                        a, b = np.unravel_index(np.argmax(window), window.shape)
                        dx[n, c, 2*i + a, 2*j + b] += dout[n, c, i, j]
        return dx
""")

MAX_MASK = dedent("""
    import numpy as np

    def forward(x):
        n, l = x.shape
        blocks = x.reshape(n, l // 2, 2)
        y = blocks.max(axis=2)
        mask = blocks == y[:, :, np.newaxis]
        return y, (mask, x.shape)

    def backward(saved, dy):
        mask, shape = saved
        share = mask / mask.sum(axis=2, keepdims=True)
        return (dy[:, :, None] * share).reshape(shape)
""")

ATTENTION = dedent("""
    import numpy as np

    def softmax(s):
        e = np.exp(s - np.max(s, axis=-1, keepdims=True))
        return e / np.sum(e, axis=-1, keepdims=True)

    def forward(Q, K, V):
        scale = 1 / np.sqrt(Q.shape[-1])
        A = softmax(np.matmul(Q, K.swapaxes(-1, -2)) * scale)
        return A @ V, (Q, K, V, A, scale)

    def backward(saved, dO):
        Q, K, V, A, scale = saved
        dV = np.transpose(A, (0, 2, 1)) @ dO
        dA = dO @ V.transpose(0, 2, 1)
        dS = A * (dA - (dA * A).sum(-1, keepdims=True)) * scale
        return dS @ K, dS.transpose(0, 2, 1) @ Q, dV
""")

CAUSAL = dedent("""
    import numpy as np

    def forward(q, k, v):
        s = q @ k.T / q.shape[1] ** 0.5
        s = np.where(np.tril(np.ones(s.shape, dtype=bool)), s, -np.inf)
        p = np.exp(s - s.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        return p @ v, (q, k, v, p)

    def backward(saved, do):
        q, k, v, p = saved
        dp = do @ v.T
        ds = p * (dp - np.einsum("ij,ij->i", dp, p)[:, None]) / q.shape[1] ** 0.5
        return ds @ k, ds.T @ q, p.T @ do
""")

EMBEDDING = dedent("""
    import numpy as np

    def forward(E, ids):
        return E[ids], (E.shape, ids)

    def backward(saved, dy):
        shape, ids = saved
        dE = np.zeros(shape)
        np.add.at(dE, ids, dy)
        return dE
""")

CUMSUM = dedent("""
    import numpy as np

    def forward(x):
        return np.cumsum(x, axis=0) * np.linspace(0, 1, x.shape[1]), None

    def backward(_, g):
        weighted = g * np.linspace(0, 1, g.shape[1])
        return np.cumsum(weighted[::-1], axis=0)[::-1].copy()
""")

SORTED = dedent("""
    import numpy as np

    def forward(x):
        order = np.argsort(x, axis=1)
        s = np.take_along_axis(x, order, axis=1)
        return s[:, -2:] ** 2, (order, s)

    def backward(saved, g):
        order, s = saved
        ds = np.zeros_like(s)
        ds[:, -2:] = 2 * s[:, -2:] * g
        dx = np.empty_like(s)
        np.put_along_axis(dx, order, ds, axis=1)
        return dx
""")
