import { isRecord } from '../text/objects.js';
import { textIn } from './format.js';

/** One question of a form and what was chosen: text, nothing, or undefined where several were. */
export interface FormAnswer {
  readonly question: string;
  readonly choice: string | null | undefined;
}

const oneOf = (chosen: readonly string[]): string | null | undefined =>
  chosen.length === 0 ? null : chosen.length === 1 ? chosen[0] : undefined;

const choiceOf = (value: unknown): string | null | undefined => {
  if (Array.isArray(value)) return oneOf(value.flatMap((one) => textIn(one) ?? []));
  if (!isRecord(value)) return textIn(value) ?? null;
  if ('label' in value) return choiceOf(value['label']);
  if ('labels' in value) return choiceOf(value['labels']);
  // A radio button: every option with whether it was chosen.
  return oneOf(Object.keys(value).filter((option) => value[option] === true || isOn(value[option])));
};

const isOn = (value: unknown): boolean => isRecord(value) && value['on'] === true;

/** The answers in `answerContent` or `taskAnswers`, as the form elements of SageMaker and MTurk write them. */
export const answersIn = (content: unknown): readonly FormAnswer[] =>
  isRecord(content)
    ? Object.entries(content).map(([question, value]) => ({ question, choice: choiceOf(value) }))
    : Array.isArray(content)
      ? content.flatMap(answersIn)
      : [];
