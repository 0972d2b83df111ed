import type { RiskCertificate } from '../../domain/operatingPoint.js';

export type { RiskCertificate };
