import { queueOptionsSymbol, type TaskQueue } from 'piscina';

type Task = Parameters<TaskQueue['push']>[0];

/** A worker's task, as one that somebody waits for. */
export const live = <T extends object>(task: T): T => ({ ...task, [queueOptionsSymbol]: { live: true } });

/** Work for threads: what somebody waits for before what a job does, each in the order it came. */
export class LiveFirst implements TaskQueue {
  readonly #live: Task[] = [];
  readonly #batch: Task[] = [];

  get size(): number {
    return this.#live.length + this.#batch.length;
  }

  push(task: Task): void {
    this.#of(task).push(task);
  }

  shift(): Task | null {
    return this.#live.shift() ?? this.#batch.shift() ?? null;
  }

  remove(task: Task): void {
    const queue = this.#of(task);
    const at = queue.indexOf(task);
    if (at >= 0) queue.splice(at, 1);
  }

  #of(task: Task): Task[] {
    return task[queueOptionsSymbol] === null ? this.#batch : this.#live;
  }
}
