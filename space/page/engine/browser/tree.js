/* A tree of points in space that finds the nearest one: Bentley JL. Multidimensional binary search trees used for
   associative searching. Commun ACM 1975;18:509-17. */

const LEAF = 8; // points that are just looked through

export class Tree {
  /** @param {Float64Array} points  Three numbers each. */
  constructor(points) {
    this.points = points.slice();
    this.sort(0, points.length / 3, 0);
  }

  /**
   * Put the middle point of a part, along one axis, in the middle of it, and likewise in both halves.
   * @param {number} start
   * @param {number} end  Beyond the part.
   * @param {number} axis
   */
  sort(start, end, axis) {
    if (end - start <= LEAF) return;
    const middle = (start + end) >> 1;
    this.select(start, end - 1, middle, axis);
    this.sort(start, middle, (axis + 1) % 3);
    this.sort(middle + 1, end, (axis + 1) % 3);
  }

  /**
   * Hoare's selection: nothing before the wanted place is larger than what is there, nothing behind it is smaller.
   * @param {number} low
   * @param {number} high
   * @param {number} wanted
   * @param {number} axis
   */
  select(low, high, wanted, axis) {
    const { points } = this;
    while (low < high) {
      const pivot = points[3 * wanted + axis];
      let [i, j] = [low, high];
      while (i <= j) {
        while (points[3 * i + axis] < pivot) i++;
        while (points[3 * j + axis] > pivot) j--;
        if (i <= j) this.swap(i++, j--);
      }
      if (j < wanted) low = i;
      if (i > wanted) high = j;
    }
  }

  /** @type {(i: number, j: number) => void} */
  swap(i, j) {
    const { points } = this;
    for (let axis = 0; axis < 3; axis++) {
      const value = points[3 * i + axis];
      points[3 * i + axis] = points[3 * j + axis];
      points[3 * j + axis] = value;
    }
  }

  /**
   * How far the nearest point is.
   * @param {number} z
   * @param {number} y
   * @param {number} x
   */
  distance(z, y, x) {
    return Math.sqrt(this.nearest([z, y, x], 0, this.points.length / 3, 0, Infinity));
  }

  /**
   * The square of the distance to the nearest point of a part, or `best` if none is nearer.
   * @param {number[]} from
   * @param {number} start
   * @param {number} end
   * @param {number} axis
   * @param {number} best
   * @returns {number}
   */
  nearest(from, start, end, axis, best) {
    if (end - start <= LEAF) {
      for (let i = start; i < end; i++) best = Math.min(best, this.squared(from, i));
      return best;
    }
    const middle = (start + end) >> 1;
    best = Math.min(best, this.squared(from, middle));
    const beyond = from[axis] - this.points[3 * middle + axis];
    const [next, halves] = [(axis + 1) % 3, [[start, middle], [middle + 1, end]]];
    const [near, far] = beyond < 0 ? halves : halves.reverse();
    best = this.nearest(from, near[0], near[1], next, best);
    return beyond * beyond < best ? this.nearest(from, far[0], far[1], next, best) : best;
  }

  /** @type {(from: number[], i: number) => number} */
  squared([z, y, x], i) {
    const { points } = this;
    const [down, back, across] = [z - points[3 * i], y - points[3 * i + 1], x - points[3 * i + 2]];
    return down * down + back * back + across * across;
  }
}
