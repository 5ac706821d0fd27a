/* From logits to probabilities, losses and counts, and back. */

#include "map.h"

/* Logits -> probabilities, and what the losses and the Dice need of one slice: 0 sum(tp), 1 sum(p), 2 sum(t),
   3 cross-entropy, 4 counted true positives, 5 counted positives. truth is [h, w] without padding. */
void EXPORT(answer)(const float *z, const float *truth, float *p, double *sums, int h, int w) {
  for (int k = 0; k < 6; k++) sums[k] = 0;
  EACH_PIXEL(c, 1, h, w) {
    const float t = truth[row * w + w - (end - at)], x = z[at];
    p[at] = sigmoid_(x);
    sums[0] += p[at] * t;
    sums[1] += p[at];
    sums[2] += t;
    sums[3] += (x > 0 ? x : 0) - x * t + log1p_(exp_(x > 0 ? -x : x));
    if (p[at] >= 0.5f) { sums[4] += t; sums[5] += 1; }
  }
}
/* Gradient of  a * cross-entropy(sum) + sum p * (t * on + off)  in the logits. */
void EXPORT(answer_back)(const float *p, const float *truth, float *dz, int h, int w, float a, float on, float off) {
  EACH_PIXEL(c, 1, h, w) {
    const float t = truth[row * w + w - (end - at)];
    dz[at] += a * (p[at] - t) + (t * on + off) * p[at] * (1 - p[at]);
  }
}
