/** From a model's raw score to evidence: a monotone map to probability, and the prior it was fitted under taken out. */

export type { ModelEvidence } from '../../domain/evidence.js';
export type { BetaCalibrator } from './beta.js';
export {
  beta,
  type CalibrationInfeasible,
  type CalibrationMethod,
  type Calibrator,
  evidence,
  heldOutEvidence,
  isotonic,
  nats,
  platt,
  priorShift,
  probability,
  temperature,
} from './calibrator.js';
export {
  type EnsembleCalibrator,
  type EnsembleFit,
  type EnsembleMember,
  ensemble,
  ensembleEvidence,
  heldOutEnsembleEvidence,
  type NamedScores,
} from './ensemble.js';
export type { IsotonicCalibrator } from './isotonic.js';
export { type LeaveOneOut, type LeaveOneOutRow, leaveOneOut } from './leaveOneOut.js';
export type { PlattCalibrator } from './platt.js';
export type { TemperatureCalibrator } from './temperature.js';
