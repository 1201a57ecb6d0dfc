// What every server of the bench does once it listens; Node runs with --expose-gc.

/** Prints where this process listens, and collects garbage from now on when it is told to by a signal. */
export function announce(port) {
  process.on("SIGUSR2", () => {
    globalThis.gc();
    process.stdout.write("collected\n");
  });
  process.stdout.write(`${port}\n`);
}
