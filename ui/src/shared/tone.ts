// The five meanings that a colour may have.
export type Tone = 'none' | 'ok' | 'info' | 'warning' | 'critical';
