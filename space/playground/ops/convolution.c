/* Convolution, and the gradients of its input, kernel and bias. */

#include "map.h"

/* One row of CO output channels, 4 * NV columns at a time. */
INLINE void conv_row(const int CO, const int NV, const float *x, const float *kernel, const float *bias, float *y,
                     int h, int w, int in, int out, int k, int before, int add) {
  const int span = SPAN(w), area = AREA(h, w);
  for (int column = 0; column < w; column += 4 * NV) {
    v4 acc[4][2];
    for (int c = 0; c < CO; c++)
      for (int v = 0; v < NV; v++) {
        float b = bias ? bias[c] : 0;
        acc[c][v] = (v4){b, b, b, b};
        if (add) acc[c][v] += load(y + c * area + column + 4 * v);
      }
    for (int ky = 0; ky < k; ky++)
      for (int kx = 0; kx < k; kx++) {
        const float *from = x + (ky - before) * span + column + kx - before, *factor = kernel + (ky * k + kx) * in * out;
        for (int i = 0; i < in; i++, from += area, factor += out) {
          v4 seen[2];
          for (int v = 0; v < NV; v++) seen[v] = load(from + 4 * v);
          for (int c = 0; c < CO; c++)
            for (int v = 0; v < NV; v++) acc[c][v] += seen[v] * factor[c];
        }
      }
    for (int c = 0; c < CO; c++)
      for (int v = 0; v < NV; v++) *(v4 *)(y + c * area + column + 4 * v) = acc[c][v];
  }
}

/* y = conv(x) + bias. `before`: rows and columns of the kernel before its centre; a null bias is none. */
void EXPORT(conv)(const float *x, const float *kernel, const float *bias, float *y, int h, int w, int in, int out, int k,
                  int before, int add) {
  const int span = SPAN(w), area = AREA(h, w), origin = ORIGIN(w);
  for (int c = 0; c < out;) {
    const int four = c + 4 <= out;
    for (int row = 0; row < h; row++) {
      const float *from = x + origin + row * span, *b = bias ? bias + c : 0;
      float *to = y + c * area + origin + row * span;
      if (four && w >= 8) conv_row(4, 2, from, kernel + c, b, to, h, w, in, out, k, before, add);
      else if (four) conv_row(4, 1, from, kernel + c, b, to, h, w, in, out, k, before, add);
      else conv_row(1, 1, from, kernel + c, b, to, h, w, in, out, k, before, add);
    }
    c += four ? 4 : 1;
  }
}

/* The kernel that takes a convolution's gradient back to its input: mirrored, in and out exchanged. */
void EXPORT(mirror)(const float *kernel, float *to, int in, int out, int k) {
  for (int p = 0; p < k * k; p++)
    for (int i = 0; i < in; i++)
      for (int o = 0; o < out; o++) to[((k * k - 1 - p) * out + o) * in + i] = kernel[(p * in + i) * out + o];
}

/* CO outputs and KX neighbouring columns of a kernel share what they load. */
INLINE void kernel_part(const int CO, const int KX, const float *x, const float *dy, float *dkernel, int h, int w,
                        int step) {
  const int span = SPAN(w), area = AREA(h, w);
  v4 acc[4][3];
  for (int c = 0; c < CO; c++)
    for (int j = 0; j < KX; j++) acc[c][j] = (v4){0, 0, 0, 0};
  for (int row = 0; row < h; row++)
    for (int column = 0; column < w; column += 4) {
      const int at = row * span + column;
      v4 seen[3];
      for (int j = 0; j < KX; j++) seen[j] = load(x + at + j);
      for (int c = 0; c < CO; c++) {
        const v4 d = load(dy + c * area + at);
        for (int j = 0; j < KX; j++) acc[c][j] += d * seen[j];
      }
    }
  for (int c = 0; c < CO; c++)
    for (int j = 0; j < KX; j++) dkernel[j * step + c] += sum4(acc[c][j]);
}

/* Gradients of kernel and bias from the input x and the output's gradient dy. */
void EXPORT(conv_kernel)(const float *x, const float *dy, float *dkernel, float *dbias, int h, int w, int in, int out,
                         int k, int before) {
  const int span = SPAN(w), area = AREA(h, w), origin = ORIGIN(w);
  x += origin;
  dy += origin;
  for (int c = 0; c < out;) {
    const int four = c + 4 <= out;
    for (int i = 0; i < in; i++)
      for (int ky = 0; ky < k; ky++)
        for (int kx = 0; kx < k;) {
          const float *from = x + i * area + (ky - before) * span + kx - before, *d = dy + c * area;
          float *to = dkernel + ((ky * k + kx) * in + i) * out + c;
          const int left = k - kx, step = in * out;
          if (four && left >= 3) kernel_part(4, 3, from, d, to, h, w, step);
          else if (four && left == 2) kernel_part(4, 2, from, d, to, h, w, step);
          else if (four) kernel_part(4, 1, from, d, to, h, w, step);
          else kernel_part(1, 1, from, d, to, h, w, step);
          kx += four ? (left >= 3 ? 3 : left) : 1;
        }
    c += four ? 4 : 1;
  }
  if (!dbias) return;
  for (int c = 0; c < out; c++) {
    v4 acc = {0, 0, 0, 0};
    for (int row = 0; row < h; row++)
      for (int column = 0; column < w; column += 4) acc += load(dy + c * area + row * span + column);
    dbias[c] += sum4(acc);
  }
}
