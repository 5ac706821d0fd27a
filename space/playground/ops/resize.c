/* What halves and doubles a map: max pooling, nearest-neighbour enlargement, transposed convolution. */

#include "map.h"

#define ABOVE(c, row, at, h, w) /* the first of the four pixels above the pixel `at` of the smaller side */ \
  ((c) * AREA(2 * (h), 2 * (w)) + ORIGIN(2 * (w)) + 2 * (row) * SPAN(2 * (w)) +                            \
   2 * ((at) - (c) * AREA(h, w) - ORIGIN(w) - (row) * SPAN(w)))

/* 2 x 2 maximum; h and w are those of the smaller side, y. The first maximum gets the gradient, as in TensorFlow. */
INLINE int largest(const float *x, int at, int span) {
  int best = at;
  if (x[at + 1] > x[best]) best = at + 1;
  if (x[at + span] > x[best]) best = at + span;
  if (x[at + span + 1] > x[best]) best = at + span + 1;
  return best;
}
void EXPORT(pool)(const float *x, float *y, int channels, int h, int w) {
  EACH_PIXEL(c, channels, h, w) y[at] = x[largest(x, ABOVE(c, row, at, h, w), SPAN(2 * w))];
}
void EXPORT(pool_back)(const float *x, const float *dy, float *dx, int channels, int h, int w) {
  EACH_PIXEL(c, channels, h, w) dx[largest(x, ABOVE(c, row, at, h, w), SPAN(2 * w))] += dy[at];
}

/* Nearest-neighbour enlargement of x [h, w]. */
void EXPORT(enlarge)(const float *x, float *y, int channels, int h, int w) {
  const int span = SPAN(2 * w);
  EACH_PIXEL(c, channels, h, w) {
    float *to = y + ABOVE(c, row, at, h, w);
    to[0] = to[1] = to[span] = to[span + 1] = x[at];
  }
}
void EXPORT(enlarge_back)(const float *dy, float *dx, int channels, int h, int w) {
  const int span = SPAN(2 * w);
  EACH_PIXEL(c, channels, h, w) {
    const float *d = dy + ABOVE(c, row, at, h, w);
    dx[at] += d[0] + d[1] + d[span] + d[span + 1];
  }
}

/* The second half of a stride-2 transposed convolution: x has 4 * channels, [row][column][channel] of the 2 x 2. */
void EXPORT(spread)(const float *x, const float *bias, float *y, int channels, int h, int w) {
  for (int part = 0; part < 4; part++) {
    const float *from = x + part * channels * AREA(h, w);
    EACH_PIXEL(c, channels, h, w) y[ABOVE(c, row, at, h, w) + (part >> 1) * SPAN(2 * w) + (part & 1)] = from[at] + bias[c];
  }
}
void EXPORT(spread_back)(const float *dy, float *dx, float *dbias, int channels, int h, int w) {
  for (int part = 0; part < 4; part++) {
    float *to = dx + part * channels * AREA(h, w);
    EACH_PIXEL(c, channels, h, w) {
      const float d = dy[ABOVE(c, row, at, h, w) + (part >> 1) * SPAN(2 * w) + (part & 1)];
      to[at] += d;
      dbias[c] += d;
    }
  }
}
