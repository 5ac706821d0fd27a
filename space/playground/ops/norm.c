/* Layer norm and batch norm, both without weights. */

#include "map.h"

/* Layer norm over all pixels and channels of a slice, without weights. Returns 1 / deviation, which goes back in. */
float EXPORT(norm)(const float *x, float *y, int channels, int h, int w) {
  double sum = 0, squares = 0;
  EACH_PIXEL(c, channels, h, w) sum += x[at];
  const float mean = (float)(sum / (channels * h * w));
  EACH_PIXEL(c, channels, h, w) squares += (x[at] - mean) * (x[at] - mean);
  const float scale = 1 / __builtin_sqrtf((float)(squares / (channels * h * w)) + 1e-3f);
  EACH_PIXEL(c, channels, h, w) y[at] = (x[at] - mean) * scale;
  return scale;
}
void EXPORT(norm_back)(const float *y, const float *dy, float *dx, int channels, int h, int w, float scale) {
  double sum = 0, along = 0;
  EACH_PIXEL(c, channels, h, w) { sum += dy[at]; along += dy[at] * y[at]; }
  const float n = channels * h * w, mean = (float)sum / n, slope = (float)along / n;
  EACH_PIXEL(c, channels, h, w) dx[at] += scale * (dy[at] - mean - y[at] * slope);
}

/* Batch norm of each channel goes over all slices of a batch, one call a slice: the sums add up. */
void EXPORT(channel_sums)(const float *x, double *sums, int channels, int h, int w) {
  EACH_PIXEL(c, channels, h, w) sums[c] += x[at];
}
void EXPORT(channel_squares)(const float *x, const float *mean, double *sums, int channels, int h, int w) {
  EACH_PIXEL(c, channels, h, w) sums[c] += (x[at] - mean[c]) * (x[at] - mean[c]);
}
void EXPORT(standardize)(const float *x, const float *mean, const float *scale, float *y, int channels, int h, int w) {
  EACH_PIXEL(c, channels, h, w) y[at] = (x[at] - mean[c]) * scale[c];
}
/* sums: [channels] of dy, then [channels] of dy * y. */
void EXPORT(channel_slopes)(const float *y, const float *dy, double *sums, int channels, int h, int w) {
  EACH_PIXEL(c, channels, h, w) { sums[c] += dy[at]; sums[channels + c] += dy[at] * y[at]; }
}
/* mean, slope: what channel_slopes summed, divided by the number of pixels in the batch. */
void EXPORT(standardize_back)(const float *y, const float *dy, float *dx, const float *scale, const float *mean,
                              const float *slope, int channels, int h, int w) {
  EACH_PIXEL(c, channels, h, w) dx[at] += scale[c] * (dy[at] - mean[c] - y[at] * slope[c]);
}
