// A layer above everything that hangs at an element, and goes when one clicks
// elsewhere, presses Escape or leaves it.
import { html, useRef, useLayoutEffect } from '/vendor/preact-htm.js';

export function Popover({ anchor, onClose, wide, align = 'start', children }) {
  const ref = useRef();
  useLayoutEffect(() => {
    const box = ref.current;
    box.showPopover();
    box.querySelector('.filter')?.focus();
    const place = () => {
      if (!anchor.current?.isConnected) { onClose(); return; }
      const at = anchor.current.getBoundingClientRect();
      if (wide) box.style.minWidth = `${Math.max(at.width, 200)}px`;
      const size = box.getBoundingClientRect();
      const below = innerHeight - at.bottom;
      const up = below < size.height + 8 && at.top > below;
      box.style.top = `${Math.max(8, up ? at.top - size.height - 4 : at.bottom + 4)}px`;
      const left = align === 'end' ? at.right - size.width : at.left;
      box.style.left = `${Math.max(8, Math.min(left, innerWidth - size.width - 8))}px`;
    };
    place();
    const sized = new ResizeObserver(place);
    sized.observe(box);
    const outside = (e) => { if (!box.contains(e.target) && !anchor.current?.contains(e.target)) onClose(); };
    document.addEventListener('pointerdown', outside, true);
    document.addEventListener('scroll', place, true);
    addEventListener('resize', place);
    return () => {
      sized.disconnect();
      document.removeEventListener('pointerdown', outside, true);
      document.removeEventListener('scroll', place, true);
      removeEventListener('resize', place);
    };
  }, []);
  const left = (e) => {
    if (e.relatedTarget && !ref.current.contains(e.relatedTarget) && !anchor.current?.contains(e.relatedTarget)) onClose();
  };
  return html`<div class="popover" popover="manual" ref=${ref} onFocusOut=${left}>${children}</div>`;
}
