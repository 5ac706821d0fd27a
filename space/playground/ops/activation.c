/* Activations, and dropout of whole channels. */

#include "map.h"

enum { LINEAR, RELU, LEAKY, ELU, TANH };
/* y = act(x); the derivative is a function of y alone for each of them. */
void EXPORT(act)(const float *x, float *y, int channels, int h, int w, int kind) {
  if (kind == RELU) EACH_PIXEL(c, channels, h, w) y[at] = x[at] > 0 ? x[at] : 0;
  else if (kind == LEAKY) EACH_PIXEL(c, channels, h, w) y[at] = x[at] > 0 ? x[at] : 0.2f * x[at];
  else if (kind == ELU) EACH_PIXEL(c, channels, h, w) y[at] = x[at] > 0 ? x[at] : exp_(x[at]) - 1;
  else if (kind == TANH) EACH_PIXEL(c, channels, h, w) y[at] = 2 * sigmoid_(2 * x[at]) - 1;
  else EACH_PIXEL(c, channels, h, w) y[at] = x[at];
}
void EXPORT(act_back)(const float *y, const float *dy, float *dx, int channels, int h, int w, int kind) {
  if (kind == RELU) EACH_PIXEL(c, channels, h, w) dx[at] += y[at] > 0 ? dy[at] : 0;
  else if (kind == LEAKY) EACH_PIXEL(c, channels, h, w) dx[at] += y[at] > 0 ? dy[at] : 0.2f * dy[at];
  else if (kind == ELU) EACH_PIXEL(c, channels, h, w) dx[at] += y[at] > 0 ? dy[at] : (y[at] + 1) * dy[at];
  else if (kind == TANH) EACH_PIXEL(c, channels, h, w) dx[at] += (1 - y[at] * y[at]) * dy[at];
  else EACH_PIXEL(c, channels, h, w) dx[at] += dy[at];
}

/* y = x * factor of its channel: dropout keeps a channel (1 / share kept) or drops it (0). */
void EXPORT(drop)(const float *x, const float *factor, float *y, int channels, int h, int w) {
  EACH_PIXEL(c, channels, h, w) y[at] = x[at] * factor[c];
}
void EXPORT(drop_back)(const float *dy, const float *factor, float *dx, int channels, int h, int w) {
  EACH_PIXEL(c, channels, h, w) dx[at] += dy[at] * factor[c];
}
