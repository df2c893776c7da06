// Why something cannot be done now, and where that is put right.
export interface Obstacle {
  reason: string;
  link?: { text: string; href: string };
}
