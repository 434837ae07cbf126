/** SHA-256 as the domain takes it: the domain itself knows no `node:`. */
import { hash } from 'node:crypto';
import type { Sha256Hex } from '../domain/audit/record.ts';

export const sha256hex: Sha256Hex = (text) => hash('sha256', text, 'hex');
