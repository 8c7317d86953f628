import type { FC } from 'hono/jsx';

/** Asks for something to be typed before what can't be taken back. `mistaken`: an element `#mistake` says what was wrong. */
export const Typed: FC<{ label: string; mistaken: boolean; maxlength?: number }> = ({ label, mistaken, maxlength }) => (
  <p>
    <label for="typed">{label}</label>
    <input
      id="typed"
      name="typed"
      required
      maxlength={maxlength}
      autocomplete="off"
      autocapitalize="none"
      spellcheck={false}
      {...(mistaken && { 'aria-describedby': 'mistake' })}
    />
  </p>
);
