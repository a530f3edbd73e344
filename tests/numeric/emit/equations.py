"""Equations of every kind, each with sizes of its indices to try it with."""

from __future__ import annotations

Sizes = dict[str, int]

ROWS: dict[str, tuple[str, tuple[Sizes, ...]]] = {
    "dense": (
        "input x[n,j]\nparam W[i,j], b[i]\noutput a[n,i]\n"
        "z[n,i] = sum[j](W[i,j]*x[n,j]) + b[i]\na[n,i] = relu(z[n,i])",
        ({"n": 3, "j": 2, "i": 4}, {"n": 0, "j": 2, "i": 1}, {"n": 1, "j": 0, "i": 2}),
    ),
    "dense over time": (
        "input x[t,n,j]\nparam W[i,j]\noutput y[t,n,i]\ny[t,n,i] = tanh(sum[j](W[i,j]*x[t,n,j]))",
        ({"t": 2, "n": 3, "j": 2, "i": 4}, {"t": 0, "n": 3, "j": 2, "i": 1}),
    ),
    "bilinear": (
        "input x[n,i], z[n,j]\nparam W[k,i,j]\noutput y[n,k]\n"
        "y[n,k] = sum[i,j](W[k,i,j]*x[n,i]*z[n,j])",
        ({"n": 3, "i": 2, "j": 4, "k": 2}, {"n": 1, "i": 1, "j": 1, "k": 1}),
    ),
    "quadratic form": (
        "input x[i]\nparam A[i,j]\noutput y\nindex j : size(i)\ny = sum[i,j](x[i]*A[i,j]*x[j])",
        ({"i": 3, "j": 3}, {"i": 0, "j": 0}),
    ),
    "chain": (
        "input x[n,i]\nparam A[i,j], B[j,k]\noutput y[n,k]\n"
        "y[n,k] = sum[i,j](x[n,i]*A[i,j]*B[j,k])",
        ({"n": 3, "i": 2, "j": 4, "k": 5},),
    ),
    "heads": (
        "input x[b,i,j]\nparam W[h,d,j], V[h,e,j]\noutput s[b,h,i,k]\nindex k : size(i)\n"
        "q[b,h,i,d] = sum[j](W[h,d,j]*x[b,i,j])\n"
        "s[b,h,i,k] = sum[d](q[b,h,i,d]*q[b,h,k,d])/sqrt(size(d)) + sum[e,j](V[h,e,j]*x[b,k,j])",
        ({"b": 2, "i": 3, "j": 2, "h": 2, "d": 3, "e": 2},),
    ),
    "softmax": (
        "input z[n,k]\noutput p[n,k]\nindex i : size(k)\n"
        "p[n,k] = exp(z[n,k])/sum[i](exp(z[n,i]))",
        ({"n": 3, "k": 4}, {"n": 0, "k": 4}, {"n": 2, "k": 1}),
    ),
    "log softmax": (
        "input z[n,k]\noutput p[n,k]\nindex i : size(k)\n"
        "p[n,k] = log(exp(z[n,k])/sum[i](exp(z[n,i])))",
        ({"n": 3, "k": 4},),
    ),
    "logsumexp where": (
        "input z[n,k]\noutput p[n]\np[n] = logsumexp[k where k >= n](z[n,k])",
        ({"n": 3, "k": 4},),
    ),
    "cosine": (
        "input x[n,i], y[n,i]\noutput c[n]\n"
        "c[n] = sum[i](x[n,i]*y[n,i])/sqrt(sum[i](x[n,i]^2)*sum[i](y[n,i]^2))",
        ({"n": 3, "i": 4}, {"n": 1, "i": 1}),
    ),
    "distances": (
        "input x[n,j], y[m,j]\noutput d[n,m]\nd[n,m] = sum[j]((x[n,j] - y[m,j])^2)",
        ({"n": 3, "m": 2, "j": 4}, {"n": 3, "m": 0, "j": 4}),
    ),
    "transposed": (
        "input x[i,j]\noutput y[j,i]\ny[j,i] = x[i,j]",
        ({"i": 3, "j": 2}, {"i": 0, "j": 2}),
    ),
    "spread": (
        "input x[i], c\noutput y[n,i], z[n,i]\nindex n : 3\ny[n,i] = x[i]\nz[n,i] = c",
        ({"i": 3}, {"i": 0}),
    ),
    "numbers": (
        "input x[i]\noutput y[i], z[i], w[i], k[i]\ny[i] = i\nz[i] = 3\nw[i] = x[i]*i/size(i)\n"
        "k[i] = [i == 1] + [x[i] > 0.5]",
        ({"i": 3}, {"i": 1}),
    ),
    "powers": (
        "input x[i]\noutput y[i]\ny[i] = x[i]^3 + x[i]^-2 + (x[i] + 1)^5 + x[i]^0.5 + 2^x[i]",
        ({"i": 3},),
    ),
    "functions": (
        "input x[i]\noutput y[i]\n"
        "y[i] = exp(x[i]) + log(x[i]) + sqrt(x[i]) + abs(x[i]) + sin(x[i])*cos(x[i]) + "
        "tanh(x[i]) + sigmoid(x[i]) + softplus(x[i]) + erf(x[i]) + gelu(x[i]) + silu(x[i]) + "
        "step(x[i]) + max(x[i], 0.5) + min(x[i], 0.5) + leaky_relu(x[i], 0.1) + elu(x[i], 1)",
        ({"i": 4},),
    ),
    "shift": (
        "input x[i]\noutput y[u]\nindex u : size(i) - 1\ny[u] = x[u+1] - x[u]",
        ({"i": 5}, {"i": 1}, {"i": 2}),
    ),
    "stride": (
        "input x[i]\noutput y[u]\nindex u : size(i)//2\ny[u] = x[2*u]*x[2*u + 1]",
        ({"i": 5}, {"i": 6}, {"i": 1}, {"i": 0}),
    ),
    "reversal": (
        "input x[t,n]\noutput y[t,n]\ny[t,n] = x[size(t)-1-t,n]*x[t,n]",
        ({"t": 4, "n": 2}, {"t": 0, "n": 2}, {"t": 1, "n": 1}),
    ),
    "element": (
        "input x[t,n]\noutput y[n]\ny[n] = x[0,n] + x[size(t)-1,n]",
        ({"t": 4, "n": 2}, {"t": 1, "n": 0}),
    ),
    "diagonal": (
        "input x[i,i]\noutput y[i], t\ny[i] = x[i,i]\nt = sum[i](x[i,i])",
        ({"i": 3}, {"i": 0}, {"i": 1}),
    ),
    "cumulative sum": (
        "input x[n,i]\noutput y[n,i]\nindex j : size(i)\ny[n,i] = sum[j where j <= i](x[n,j])",
        ({"n": 2, "i": 4}, {"n": 2, "i": 0}, {"n": 2, "i": 1}),
    ),
    "discounted sum": (
        "input x[t]\nhyper g = 0.9\noutput y[t]\nindex j : size(t)\n"
        "y[t] = sum[j where j <= t](g^(t - j)*x[j])",
        ({"t": 4}, {"t": 1}),
    ),
    "relative bias": (
        "input s[i,j]\nparam b[r]\noutput y[i,j]\ny[i,j] = s[i,j] + b[i - j + size(j) - 1]",
        ({"i": 3, "j": 4, "r": 6}, {"i": 1, "j": 1, "r": 1}),
    ),
    "edge clamp": (
        "input x[i]\noutput y[i]\n"
        "y[i] = (x[max(i-1, 0)] + x[i] + x[min(i+1, size(i)-1)])/3",
        ({"i": 4}, {"i": 1}, {"i": 0}),
    ),
    "pixel shuffle": (
        "input x[n,k,h,w]\noutput y[n,c,u,v]\nhyper r = 2 : int\n"
        "index c : size(k)//(r*r)\nindex u : size(h)*r\nindex v : size(w)*r\n"
        "y[n,c,u,v] = x[n, c*r*r + (u % r)*r + v % r, u//r, v//r]",
        ({"n": 2, "k": 4, "h": 2, "w": 3}, {"n": 1, "k": 8, "h": 0, "w": 1}),
    ),
    "gather": (
        "const id[b] : int\nparam E[v,d]\noutput y[b,d]\ny[b,d] = E[id[b], d]^2",
        ({"b": 5, "v": 3, "d": 2}, {"b": 0, "v": 3, "d": 2}),
    ),
    "gather last": (
        "const id[n,t] : int\ninput p[n,t,v]\noutput y[n,t]\ny[n,t] = log(p[n,t,id[n,t]])",
        ({"n": 2, "t": 3, "v": 3}, {"n": 0, "t": 3, "v": 3}),
    ),
    "gather middle": (
        "const id[n] : int\ninput p[m,v,k]\noutput y[m,n,k]\ny[m,n,k] = p[m,id[n],k]*2",
        ({"n": 2, "m": 3, "v": 3, "k": 2},),
    ),
    "mean where": (
        "input x[n,i]\nconst m[i] : int\noutput y[n]\ny[n] = mean[i where m[i] <= 1 or i == 0](x[n,i])",
        ({"n": 2, "i": 5}, {"n": 0, "i": 2}),
    ),
    "prod but one": (
        "input x[j]\noutput y[k]\nindex k : size(j)\ny[k] = prod[j where j != k](x[j])",
        ({"j": 4}, {"j": 1}, {"j": 0}),
    ),
    "guarded log": (
        "input x[i], y[i]\noutput z\nz = sum[i where i >= 1](log(x[i-1])*y[i])",
        ({"i": 4}, {"i": 1}),
    ),
    "guarded read": (
        "input u[i]\noutput y[i]\ny[i] = u[i-1]/u[i] if i >= 1 else 0",
        ({"i": 4}, {"i": 1}),
    ),
    "data choice": (
        "input x[i], y[i]\noutput z[i]\n"
        "z[i] = sqrt(x[i] - y[i]) if x[i] > y[i] else x[i]*y[i]",
        ({"i": 6}, {"i": 0}),
    ),
    "extremes": (
        "input x[n,i,j]\noutput a[n], b[n], c[n]\na[n] = max[i,j](x[n,i,j])\n"
        "b[n] = min[j,i](x[n,i,j]*x[n,i,j])\nc[n] = prod[i,j](x[n,i,j])",
        ({"n": 2, "i": 3, "j": 2}, {"n": 0, "i": 3, "j": 1}),
    ),
    "unused indices": (
        "input x[n,i]\noutput y, m, p\ny = sum[n,i](x[n,0])\nm = max[n,i](x[n,0])\n"
        "p = prod[n,i](x[n,0])",
        ({"n": 2, "i": 3},),
    ),
    "outer": (
        "input x[i], y[j]\noutput z[i,j], s\nz[i,j] = x[i]*y[j]\ns = sum[i,j](x[i]*y[j])",
        ({"i": 2, "j": 3}, {"i": 0, "j": 3}),
    ),
    "padded full convolution": (
        "input x[t]\nparam w[k]\noutput y[u]\nindex u : size(t) + size(k) - 1\npad x = 0\n"
        "y[u] = sum[k](w[k]*x[u - k])",
        ({"t": 4, "k": 3}, {"t": 1, "k": 1}, {"t": 2, "k": 4}),
    ),
    "padded by one": (
        "input x[t]\noutput y[t], z[t]\npad x = 1\ny[t] = x[t-1]*x[t+1]\nz[t] = x[2*t - 1]",
        ({"t": 4}, {"t": 1}, {"t": 0}),
    ),
    "upsampled": (
        "input x[t]\noutput y[u]\nindex u : 2*size(t)\npad x = 0\ny[u] = x[u/2]*3 + x[(u - 1)/2]",
        ({"t": 4}, {"t": 0}),
    ),
    "strided slice const": (
        "input x[i,j]\noutput y[i]\ny[i] = x[i,2] - x[i,0]",
        ({"i": 3, "j": 4},),
    ),
    "global max": (
        "input x[n,c,h,w]\noutput y[n,c]\ny[n,c] = max[h,w](x[n,c,h,w])",
        ({"n": 2, "c": 2, "h": 3, "w": 2},),
    ),
    "mean two": (
        "input x[n,c,h]\nparam g[c]\noutput y[n,c,h]\nm[c] = mean[n,h](x[n,c,h])\n"
        "v[c] = mean[n,h]((x[n,c,h]-m[c])^2)\ny[n,c,h] = g[c]*(x[n,c,h]-m[c])/sqrt(v[c]+0.1)",
        ({"n": 3, "c": 2, "h": 2},),
    ),
    "mha": (
        "input x[b,t,j]\nparam Wq[h,d,j], Wk[h,d,j], Wv[h,d,j], Wo[i,h,d]\noutput y[b,t,i]\n"
        "index s : size(t)\nq[b,h,t,d] = sum[j](Wq[h,d,j]*x[b,t,j])\n"
        "k[b,h,s,d] = sum[j](Wk[h,d,j]*x[b,s,j])\nv[b,h,s,d] = sum[j](Wv[h,d,j]*x[b,s,j])\n"
        "a[b,h,t,s] = sum[d](q[b,h,t,d]*k[b,h,s,d])/sqrt(size(d))\n"
        "p[b,h,t,s] = exp(a[b,h,t,s])/sum[r](exp(a[b,h,t,r]))\n"
        "o[b,h,t,d] = sum[s](p[b,h,t,s]*v[b,h,s,d])\n"
        "y[b,t,i] = sum[h,d](Wo[i,h,d]*o[b,h,t,d])",
        ({"b": 2, "t": 3, "j": 4, "h": 2, "d": 2, "i": 3},),
    ),
    "label ce": (
        "input z[n,k]\nconst id[n] : int\noutput l\n"
        "lp[n,k] = z[n,k] - log(sum[j](exp(z[n,j])))\nl = -mean[n](lp[n,id[n]])",
        ({"n": 4, "k": 3},),
    ),
    "two labels": (
        "input T[u,v]\nconst a[n] : int, b[n] : int\noutput y[n]\ny[n] = T[a[n],b[n]]^2",
        ({"n": 5, "u": 3, "v": 3},),
    ),
    "label shift": (
        "input T[u]\nconst a[n] : int\noutput y[n]\ny[n] = T[a[n] + 1]*T[a[n]]",
        ({"n": 5, "u": 4},),
    ),
    "label guarded": (
        "input T[u]\nconst a[n] : int\noutput y[n]\ny[n] = T[a[n] - 1] if a[n] >= 1 else 0",
        ({"n": 6, "u": 4},),
    ),
    "bag": (
        "input E[v,d], w[b,t]\nconst id[b,t] : int\noutput y[b,d]\n"
        "y[b,d] = sum[t](E[id[b,t],d]*w[b,t])",
        ({"b": 2, "t": 3, "v": 3, "d": 2},),
    ),
    "bag where": (
        "input E[v,d]\nconst id[b,t] : int\noutput y[b,d]\n"
        "y[b,d] = sum[t where id[b,t] != 0](E[id[b,t],d])",
        ({"b": 2, "t": 3, "v": 3, "d": 2},),
    ),
    "flip2": (
        "input x[h,w]\noutput y[h,w]\ny[h,w] = x[size(h)-1-h, w]*x[h,size(w)-1-w]",
        ({"h": 3, "w": 2},),
    ),
    "roll": (
        "input x[i]\noutput y[i]\ny[i] = x[(i + 1) % size(i)]",
        ({"i": 4}, {"i": 1},),
    ),
    "bilinear upsample floor": (
        "input x[i]\noutput y[u]\nindex u : 2*size(i)\ny[u] = x[u//2]",
        ({"i": 3}, {"i": 0},),
    ),
    "toeplitz": (
        "input x[j]\nparam a[r]\noutput y[i]\nindex i : size(j)\n"
        "y[i] = sum[j where j <= i](a[i - j]*x[j])",
        ({"j": 4, "r": 4},),
    ),
    "two way": (
        "input x[t]\noutput y[t]\npad x = 0\ny[t] = sum[k](x[t + k - 1])\nindex k : 3",
        ({"t": 4}, {"t": 1}, {"t": 0},),
    ),
    "outer where": (
        "input x[i], y[j]\noutput z\nz = sum[i,j where i < j](x[i]*y[j])",
        ({"i": 3, "j": 4},),
    ),
    "log where": (
        "input x[i,j]\noutput z[i]\nz[i] = sum[j where j != i](log(x[i,j])/x[i,j])",
        ({"i": 3, "j": 4},),
    ),
    "max where": (
        "input x[i,j]\noutput z[i]\nz[i] = max[j where j != i](x[i,j])",
        ({"i": 3, "j": 4},),
    ),
    "select mix": (
        "input x[i,j]\noutput z[i,j]\n"
        "z[i,j] = log(x[i,j]) if i < j else (x[i,j]^2 if i == j else 1)",
        ({"i": 3, "j": 4},),
    ),
    "select num": (
        "input x[i]\noutput z[i]\nz[i] = (1 if x[i] > 0.5 else 0.25)*x[i]",
        ({"i": 5},),
    ),
    "i pow": (
        "input x[i]\noutput z[i]\nz[i] = x[i]^i",
        ({"i": 4},),
    ),
    "nested": (
        "input x[n,i]\noutput y\n"
        "y = sum[n](log(sum[i](exp(x[n,i]))))*max[n](sum[i](x[n,i]^2))",
        ({"n": 3, "i": 2},),
    ),
    "scalar": (
        "input a, b\noutput c, d\nc = a*b + exp(a)\nd = a",
        ({},),
    ),
    "gram": (
        "input x[n,i]\noutput G[i,j]\nindex j : size(i)\n"
        "G[i,j] = sum[n](x[n,i]*x[n,j])/size(n)",
        ({"n": 3, "i": 2},),
    ),
    "mahalanobis": (
        "input x[n,i]\nparam A[i,j]\noutput d[n]\nindex j : size(i)\n"
        "d[n] = sqrt(sum[i,j](x[n,i]*A[i,j]*x[n,j]))",
        ({"n": 3, "i": 2, "j": 2},),
    ),
    "tri": (
        "input x[a,b,c]\nparam U[a,r], V[b,r], W[c,r]\noutput y[r]\n"
        "y[r] = sum[a,b,c](x[a,b,c]*U[a,r]*V[b,r]*W[c,r])",
        ({"a": 2, "b": 3, "c": 2, "r": 3},),
    ),
    "conv1x1": (
        "input x[n,c,h,w]\nparam W[f,c]\noutput y[n,f,h,w]\n"
        "y[n,f,h,w] = sum[c](W[f,c]*x[n,c,h,w])",
        ({"n": 2, "c": 3, "h": 2, "w": 2, "f": 4},),
    ),
    "grouped conv": (
        "input x[n,g,c,h]\nparam W[g,f,c,p]\noutput y[n,g,f,u]\n"
        "index u : size(h) - size(p) + 1\ny[n,g,f,u] = sum[c,p](W[g,f,c,p]*x[n,g,c,u+p])",
        ({"n": 2, "g": 2, "c": 2, "h": 5, "f": 3, "p": 2},),
    ),
    "unfold": (
        "input x[n,h]\noutput y[n,u,p]\nindex p : 2\nindex u : size(h) - 1\n"
        "y[n,u,p] = x[n,u+p]^2",
        ({"n": 2, "h": 4},),
    ),
    "lrn": (
        "input x[n,c]\noutput y[n,c]\nindex k : 3\npad x = 0\n"
        "y[n,c] = x[n,c]/(1 + sum[k](x[n,c + k - 1]^2))",
        ({"n": 2, "c": 5},),
    ),
    "softmax 2": (
        "input z[n,h,w]\noutput p[n,h,w]\nindex a : size(h)\nindex b : size(w)\n"
        "p[n,h,w] = exp(z[n,h,w])/sum[a,b](exp(z[n,a,b]))",
        ({"n": 2, "h": 2, "w": 3},),
    ),
    "distances sqrt": (
        "input x[n,j], y[m,j]\noutput d[n,m]\n"
        "d[n,m] = sqrt(sum[j]((x[n,j] - y[m,j])^2) + 0.1)",
        ({"n": 3, "m": 2, "j": 4},),
    ),
    "rbf": (
        "input x[n,j]\nparam c[k,j], w[k]\noutput y[n]\n"
        "y[n] = sum[k](w[k]*exp(-sum[j]((x[n,j]-c[k,j])^2)))",
        ({"n": 3, "k": 2, "j": 2},),
    ),
    "conv exact div": (
        "input x[h]\nparam w[p]\noutput y[u]\nindex u : 2*size(h)\npad x = 0\n"
        "y[u] = sum[p](w[p]*x[(u + 1 - p)/2])",
        ({"h": 3, "p": 3},),
    ),
    "corr2": (
        "input x[n,h], t[n,p]\noutput r[n,u]\nindex u : size(h) - size(p) + 1\n"
        "r[n,u] = sum[p](x[n,u+p]*t[n,p])/sqrt(sum[p](x[n,u+p]^2)*sum[p](t[n,p]^2))",
        ({"n": 2, "h": 5, "p": 2},),
    ),
    "a guard beside a pad": (
        "input w[k], s[b,k]\noutput y[k]\npad s = 0.5\n"
        "y[k] = sum[b]((w[k-2] if k >= 2 else 0)*w[k]*s[b,k])",
        ({"k": 2, "b": 3}, {"k": 4, "b": 2}, {"k": 1, "b": 1}),
    ),
    "a guard beside a pad of -inf": (
        "input w[k], s[k]\noutput y[k], z[k]\nindex p : 2\npad s = -inf\n"
        "y[k] = (w[k-2]*s[k] if k >= 2 else 0)*w[k]\nz[k] = max[p](s[k + p])",
        ({"k": 2}, {"k": 4}, {"k": 1}),
    ),
    "a guard beside a label": (
        "input w[k]\nconst m[k] : int\noutput y[k]\n"
        "y[k] = (w[k-2] if k >= 2 else 0)*w[k]*[m[k] > 0]*m[k]",
        ({"k": 2}, {"k": 5}, {"k": 1}),
    ),
    "a product under a guard": (
        "input w[k], s[k]\noutput y[k], z\ny[k] = w[k-2]*s[k] if k >= 2 else 0\n"
        "z = sum[k where k >= 1](w[k-1]^2*s[k])",
        ({"k": 4}, {"k": 2}, {"k": 1}),
    ),
    "a product of labelled elements under a guard": (
        "input T[u], w[n]\nconst a[n] : int\noutput y[n], z[n]\n"
        "y[n] = T[a[n] - 1]*w[n] if a[n] >= 1 else 0\nz[n] = T[a[n]]*w[n] if a[n] < size(u) else 1",
        ({"n": 6, "u": 4}, {"n": 6, "u": 2}),
    ),
    "a live condition that is solved for": (
        "input z[n], a[n], b[n]\noutput y[n], w[n]\npad z = 0\n"
        "y[n] = 3*z[n+2] if a[n] > 0.5 else 0\nw[n] = z[n+1]/b[n] if a[n] > 0.5 or b[n] > 0.8 else 1",
        ({"n": 2}, {"n": 5}, {"n": 1}),
    ),
}
