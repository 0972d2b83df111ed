/** The name of a stratum with its column: `mouse m1`. A stratum `week 9` of a column `week` stays `week 9`. */
export const stratumName = (by: string | undefined, stratum: string): string =>
  by === undefined || stratum.toLowerCase().startsWith(by.toLowerCase()) ? stratum : `${by} ${stratum}`;

/** A share in percent, with more digits near 0 and 100. */
export const percent = (share: number): string => {
  const distance = Math.min(share, 1 - share);
  if (distance > 0 && distance < 1e-6) return share < 0.5 ? '< 0.0001 %' : '> 99.9999 %';
  const digits = distance >= 0.1 ? 0 : distance >= 0.01 ? 1 : distance >= 0.0001 ? 2 : 4;
  return `${Number((100 * share).toFixed(digits))} %`;
};

export const countText = (n: number): string => n.toLocaleString('en-US');

/** Evidence in nats, with its sign. */
export const natsText = (z: number): string => `${z < 0 ? '−' : '+'}${Math.abs(z).toFixed(2)}`;

export const fixed = (x: number): string => x.toFixed(3);

/** `1 stack`, `2 stacks`. */
export const some = (n: number, noun: string): string => `${countText(n)} ${noun}${n === 1 ? '' : 's'}`;

/** Lines of a report, one below the other. A part that is undefined takes no line. */
export const lines = (...parts: readonly (string | undefined | readonly string[])[]): string =>
  parts.flatMap((part) => part ?? []).join('\n');

/** Blocks of a report, with an empty line between. A block that is undefined is left out. */
export const blocks = (...parts: readonly (string | undefined | readonly string[])[]): string =>
  parts.flatMap((part) => part ?? []).join('\n\n');
