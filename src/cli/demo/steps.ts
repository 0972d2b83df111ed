/** The steps of a long command, told on stderr as they begin and end; what draws progress itself does so in between. */
export interface Steps {
  readonly begin: (what: string) => void;
  /** Ends the step. @returns its seconds */
  readonly end: () => number;
}

export const steps = (
  total: number,
  stderr: Pick<NodeJS.WriteStream, 'write'> = process.stderr,
  now: () => number = () => performance.now(),
): Steps => {
  let number = 0;
  let start = now();
  return {
    begin: (what) => {
      number++;
      start = now();
      stderr.write(`${number} of ${total}  ${what}\n`);
    },
    end: () => {
      const seconds = (now() - start) / 1000;
      stderr.write(`        done in ${seconds.toFixed(1)} s\n`);
      return seconds;
    },
  };
};
