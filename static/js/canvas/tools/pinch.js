/** Two fingers: the point between them stays under them. */

export class Pinch {
  constructor(stage, first, second) {
    this.stage = stage;
    this.fingers = new Map([
      [first.id, first],
      [second.id, second],
    ]);
    this.before = this.#spread();
  }

  move(pointer) {
    if (!this.fingers.has(pointer.id)) return;
    this.fingers.set(pointer.id, pointer);
    const now = this.#spread();
    const { camera } = this.stage;
    camera.panBy(now.x - this.before.x, now.y - this.before.y);
    if (this.before.distance > 0) camera.zoomAt(now.x, now.y, now.distance / this.before.distance);
    this.before = now;
  }

  up() {}

  cancel() {}

  #spread() {
    const [a, b] = [...this.fingers.values()];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, distance: Math.hypot(a.x - b.x, a.y - b.y) };
  }
}
