// How long answers are kept, in the units that the kinds count in.

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
export const daySeconds = 86_400;
