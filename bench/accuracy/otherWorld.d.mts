/** Stacks of one part of a laboratory. */
export interface PartCount {
  readonly stalled: number;
  readonly flowing: number;
}

/** A laboratory of the other world; votes in order of arrival. */
export interface OtherLaboratory<Part extends string> {
  readonly votes: {
    readonly stackIds: readonly string[];
    readonly annotatorIds: readonly string[];
    readonly stackOf: Uint32Array;
    readonly annotatorOf: Uint32Array;
    readonly label: Uint8Array;
  };
  readonly scores: { readonly stackIds: readonly string[]; readonly score: Float64Array };
  readonly parts: Readonly<Record<Part, readonly { readonly stackId: string; readonly label: 0 | 1 }[]>>;
}

export const OTHER_WORLD: {
  readonly annotators: number;
  readonly activityShape: number;
  readonly skill: { readonly logMean: number; readonly logSd: number; readonly biasSd: number };
  readonly lapses: number;
  readonly flowing: { readonly c: number; readonly tau: number };
  readonly stalled: { readonly c: number; readonly tau: number };
  readonly model: { readonly separation: number; readonly shared: number; readonly trainingPrevalence: number };
  readonly hidden: number;
  readonly blind: number;
};

export const otherWorld: <Part extends string>(
  options: {
    readonly counts: Readonly<Record<Part, PartCount>>;
    readonly votesPerStack: number;
  } & Partial<typeof OTHER_WORLD>,
) => (seed: number) => OtherLaboratory<Part>;
