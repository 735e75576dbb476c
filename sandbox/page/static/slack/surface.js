// A surface is a message or a view: where blocks are, and where clicks in them go.
import { createContext, useContext } from '/vendor/preact-htm.js';
import { touch, ask, edited } from '/slack/store.js';

export const Surface = createContext(null);
export const useSurface = () => useContext(Surface);

// valueNow is what an element holds on the server.
export const valueNow = (surface, block, element) => surface.values?.[block.block_id]?.[element.action_id] || {};

// choose sends a choice, after the confirmation dialog where the element has one.
// It resolves to false when the person said no or it failed.
export async function choose(surface, block, element, chosen) {
  if (element.confirm && !(await ask(element.confirm))) return false;
  if (block.type === 'input') edited(surface.modal && surface.view, block.block_id);
  const out = await touch(surface, { do: 'choose', block: block.block_id, action: element.action_id, chosen });
  return out.ok;
}

// domID makes a stable id of an element, for labels to point at.
export const domID = (surface, block, element) =>
  `e-${surface.view || surface.ts}-${block.block_id}-${element?.action_id || ''}`.replace(/[^\w-]/g, '_');
