/* How maps lie in memory, and what all operations share. The arithmetic of a small U-Net, forwards and backwards, for
   WebAssembly with 128-bit SIMD; no libraries.

   A map is one slice's [channels][rows][columns] of float32. Around each channel lie PAD rows and columns of zeros that
   nobody writes, so a 'same' convolution needs no special case at the edges; SPAN(w) is a channel's row length.
   Kernels have Keras's layout [k][k][in][out]. Everything that goes backwards adds to what is there.
   Who calls what in which order: ../engine/layers.js. Build: build.sh. */

#pragma once

typedef float v4 __attribute__((vector_size(16), aligned(4)));
#define EXPORT(name) __attribute__((export_name(#name))) name
enum { PAD = 4 };
#define SPAN(w) ((w) + 2 * PAD)
#define AREA(h, w) (((h) + 2 * PAD) * SPAN(w))
#define ORIGIN(w) (PAD * SPAN(w) + PAD) /* of the first real pixel in a channel */
#define INLINE static inline __attribute__((always_inline))
INLINE float sum4(v4 v) { return (v[0] + v[1]) + (v[2] + v[3]); }
INLINE v4 load(const float *p) { return *(const v4 *)p; }

/* exp and log1p without libm, so that every machine gets the same bits. */
INLINE float exp_(float x) {
  x = x < -87 ? -87 : x > 87 ? 87 : x;
  const float t = x * 1.44269504f, n = __builtin_floorf(t + 0.5f), r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  const float p = 1 + r * (1 + r * (0.5f + r * (1 / 6.f + r * (1 / 24.f + r * (1 / 120.f + r * (1 / 720.f))))));
  const union { int i; float f; } two = {((int)n + 127) << 23};
  return p * two.f;
}
INLINE float log1p_(float t) { /* 0 <= t <= 1 */
  const float s = t / (2 + t), q = s * s;
  return 2 * s * (1 + q * (1 / 3.f + q * (1 / 5.f + q * (1 / 7.f + q * (1 / 9.f + q * (1 / 11.f + q / 13.f))))));
}
INLINE float sigmoid_(float z) { return z >= 0 ? 1 / (1 + exp_(-z)) : exp_(z) / (1 + exp_(z)); }

#define EACH_PIXEL(c, channels, h, w)                                                       \
  for (int c = 0; c < (channels); c++)                                                      \
    for (int row = 0; row < (h); row++)                                                     \
      for (int at = c * AREA(h, w) + ORIGIN(w) + row * SPAN(w), end = at + (w); at < end; at++)
