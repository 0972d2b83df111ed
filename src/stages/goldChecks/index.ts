/** Whether gold can prove anything: labels made from what they are to judge, and samples that are not what they are said to be. */
export { GOLD_CHECK_LEVEL, type GoldCheck, type GoldCheckOptions, goldChecks } from './goldChecks.js';
export type { GoldData } from './goldRows.js';
