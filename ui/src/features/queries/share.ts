// A share of the whole in words.
import { percent } from '../../shared/format';

/** Narrow shares keep what distinguishes them. */
export const share = (ratio: number): string => (ratio > 0 && ratio < 0.001 ? '< 0.1%' : percent(ratio));
