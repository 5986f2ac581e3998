"""The same work in plain PyTorch on a CPU, in turns with whoever is timed beside it.

usage: python3 -c <this> threads warm-up-seconds turn-seconds workload variant sizes ...

A line "turn" on the input is answered by the seconds of one run, "end" by units, floating-point operations and memory."""
import json, os, sys, time

threads, warm_up, turn_seconds = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
workload, variant, sizes = sys.argv[4], sys.argv[5], [int(size) for size in sys.argv[6:]]
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = str(threads)

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(threads)
torch.set_num_interop_threads(1)
torch.manual_seed(0)


def peak_mebibytes():
    if os.path.exists("/proc/self/status"):
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
    import resource  # macOS, which counts in bytes

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


class Dictionary:
    """Encoder and decoder with a row for each latent, biases, fused Adam, unit-norm decoder rows."""

    def __init__(self, vectors, width, latents, k, dead=0.0):
        self.k, self.aux_k, self.vectors = k, width // 2, vectors
        offset = 0.5 * torch.randn(width)
        self.batches = [torch.randn(vectors, width) + offset for _ in range(4)]
        unit = F.normalize(torch.randn(latents, width), dim=1)
        self.encoder, self.decoder = nn.Parameter(unit.clone()), nn.Parameter(unit.clone())
        self.encoder_bias, self.bias = nn.Parameter(torch.zeros(latents)), nn.Parameter(self.batches[0].mean(0))
        self.adam = torch.optim.Adam([self.encoder, self.decoder, self.encoder_bias, self.bias], lr=1e-6, fused=True)
        self.dead = torch.arange(latents) < int(dead * latents)
        self.silent = torch.zeros(latents, dtype=torch.long)
        self.turn = 0

    def batch(self):
        self.turn += 1
        return self.batches[self.turn % len(self.batches)]

    def encode(self, x):
        return F.linear(x - self.bias, self.encoder, self.encoder_bias)

    def decode(self, value, index):
        return F.embedding_bag(index, self.decoder, per_sample_weights=value, mode="sum") + self.bias

    @staticmethod
    def top(z, k):
        value, index = torch.topk(z, k, dim=1, sorted=False)
        return torch.relu(value), index

    def age(self, value, index):
        with torch.no_grad():
            self.silent.add_(self.vectors)
            self.silent[index[value > 1e-3]] = 0

    def topk_loss(self):
        x = self.batch()
        z = self.encode(x)
        value, index = self.top(z, self.k)
        self.age(value, index)
        error = x - self.decode(value, index)
        loss = error.square().sum() / (x - x.mean(0)).square().sum()
        if self.dead.any():
            # Few are dead and many of them active: a small dense product is quickest.
            rows, target = self.dead.nonzero().squeeze(1), error.detach()
            z = z[:, rows]
            value, index = self.top(z, min(self.aux_k, len(rows)))
            rest = target - torch.zeros_like(z).scatter(1, index, value) @ self.decoder[rows]
            loss = loss + rest.square().mean() / target.square().mean() / 32
        return loss

    def relu_loss(self):
        x = self.batch()
        codes = torch.relu(self.encode(x))
        return (codes @ self.decoder + self.bias - x).square().sum(1).mean() + 0.1 * codes.sum(1).mean()

    def update(self):
        with torch.no_grad():
            self.decoder.grad.sub_((self.decoder.grad * self.decoder).sum(1, keepdim=True) * self.decoder)
            self.adam.step()
            self.decoder.div_(self.decoder.norm(dim=1, keepdim=True))

    def step(self, loss_of):
        loss = loss_of()
        self.adam.zero_grad()
        loss.backward()
        self.update()
        return loss.item()

    @torch.no_grad()
    def sparse_step(self):
        """Gradients by hand, sparse throughout: bags over the transposed codes. The best that PyTorch can be made to do here."""
        x = self.batch()
        centered = x - self.bias
        z = torch.addmm(self.encoder_bias, centered, self.encoder.T)
        value, index = self.top(z, self.k)
        del z
        self.age(value, index)
        error = self.decode(value, index) - x
        scale = 1 / (x - x.mean(0)).square().sum()
        loss = error.square().sum() * scale
        gradient = error * (2 * scale)
        flat = index.flatten()
        bags = torch.arange(0, flat.numel(), self.k)
        rows = torch.arange(self.vectors).repeat_interleave(self.k)
        by_value = torch.ops.aten._embedding_bag_per_sample_weights_backward(gradient, self.decoder, flat, bags, rows, 0).mul_(value.flatten() > 0)
        order = torch.argsort(flat)
        counts = torch.bincount(flat, minlength=len(self.encoder))
        starts = counts.cumsum(0) - counts
        users, by_value = rows[order], by_value[order]
        self.decoder.grad = F.embedding_bag(users, gradient, starts, per_sample_weights=value.flatten()[order], mode="sum")
        self.encoder.grad = F.embedding_bag(users, centered, starts, per_sample_weights=by_value, mode="sum")
        self.encoder_bias.grad = torch.zeros_like(self.encoder_bias).index_add_(0, flat[order], by_value)
        self.bias.grad = gradient.sum(0) - self.encoder_bias.grad @ self.encoder
        self.update()
        return loss.item()

    @torch.no_grad()
    def infer(self):
        return self.decode(*self.top(self.encode(self.batch()), self.k))


class Layer(nn.Module):
    def __init__(self, width, heads, inner):
        super().__init__()
        self.heads = heads
        self.ln_attn, self.ln_mlp = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, x, cos, sin):
        n, t, width = x.shape
        q, k, v = self.qkv(self.ln_attn(x)).view(n, t, self.heads, 3, width // self.heads).permute(3, 0, 2, 1, 4)

        def rotate(y):
            head, rest = y[..., : 2 * cos.shape[1]], y[..., 2 * cos.shape[1] :]
            a, b = head.chunk(2, -1)
            return torch.cat((a * cos - b * sin, b * cos + a * sin, rest), -1)

        y = F.scaled_dot_product_attention(rotate(q), rotate(k), v, is_causal=True).transpose(1, 2).reshape(n, t, width)
        return x + self.out(y) + self.down(F.gelu(self.up(self.ln_mlp(x))))  # parallel residual


class GptNeoX(nn.Module):
    def __init__(self, layers, width, heads, inner, vocabulary, rotary, context):
        super().__init__()
        self.embed, self.layers = nn.Embedding(vocabulary, width), nn.ModuleList(Layer(width, heads, inner) for _ in range(layers))
        self.ln, self.unembed = nn.LayerNorm(width), nn.Linear(width, vocabulary, bias=False)
        angle = torch.arange(context)[:, None] / 10000 ** (torch.arange(0, rotary, 2) / rotary)
        self.register_buffer("cos", angle.cos())
        self.register_buffer("sin", angle.sin())
        for p in self.parameters():
            if p.dim() == 2:
                nn.init.normal_(p, std=0.02)

    def forward(self, ids, logits):
        x, residuals = self.embed(ids), []
        for layer in self.layers:
            x = layer(x, self.cos, self.sin)
            residuals.append(x)
        return residuals, self.unembed(self.ln(x)) if logits else None


def dictionary_work():
    vectors, width, latents, k = sizes
    dictionary = Dictionary(vectors, width, latents, k, 0.3 if workload == "topk-step-dead" else 0.0)
    flops = 2.0 * vectors * width * latents
    if workload == "topk-inference":
        return dictionary.infer, vectors, flops
    if workload == "relu-step":
        return lambda: dictionary.step(dictionary.relu_loss), vectors, flops
    return dictionary.sparse_step if variant == "sparse" else lambda: dictionary.step(dictionary.topk_loss), vectors, flops


def language_model_work():
    sequences, length, layers, width, heads, inner, vocabulary, rotary, latents, k = sizes
    model = GptNeoX(layers, width, heads, inner, vocabulary, rotary, length)
    ids = torch.randint(0, vocabulary, (sequences, length))

    @torch.no_grad()
    def forward():
        return model(ids, False)[0]

    if workload == "lm-forward":
        return forward, sequences * length, 0
    if workload == "pipeline":
        dictionary = Dictionary(length * layers, width, latents, k)

        def pipeline():
            residuals = torch.stack(forward(), 2)  # sequence, token, layer, width
            for vectors in residuals:
                dictionary.batches = [vectors.reshape(-1, width)]
                dictionary.sparse_step()

        return pipeline, sequences * length * layers, 2.0 * sequences * length * layers * width * latents
    adam = torch.optim.AdamW(model.parameters(), lr=1e-4, betas=(0.9, 0.95), weight_decay=0.1, fused=True)

    def train():
        _, logits = model(ids, True)
        loss = F.cross_entropy(logits[:, :-1].reshape(-1, vocabulary), ids[:, 1:].reshape(-1))
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
        return loss.item()

    return train, sequences * length, 0


def product_work():
    m, k, n = sizes
    a, b, c = torch.randn(m, k), torch.randn(n, k), torch.empty(m, n)
    return lambda: torch.mm(a, b.T, out=c), 1, 2.0 * m * k * n


def answer(**message):
    print(json.dumps(message), flush=True)


before = peak_mebibytes()
run, units, flops = product_work() if workload == "product" else language_model_work() if len(sizes) > 4 else dictionary_work()
start, calls = time.perf_counter(), 0
while calls < 2 or (calls < 60 and time.perf_counter() - start < warm_up):
    run()
    calls += 1
answer(seconds=time.perf_counter() - start)
for line in sys.stdin:
    if line.strip() == "end":
        answer(units=units, flops=flops, peak_mebibytes=peak_mebibytes() - before, stages=[], remark=None)
        break
    start, calls = time.perf_counter(), 0
    while calls == 0 or time.perf_counter() - start < turn_seconds:
        run()
        calls += 1
    answer(seconds=(time.perf_counter() - start) / calls)
