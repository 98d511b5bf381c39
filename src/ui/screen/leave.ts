/** Long lines wrap again, the cursor is seen, and what stood there before the screen comes back. */
export const LEAVE_SCREEN = '\x1b[?7h\x1b[?25h\x1b[?1049l';
