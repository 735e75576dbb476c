// Light or dark before the first paint: what was chosen here, else what the system says.
(() => {
  let chosen = '';
  try { chosen = localStorage.getItem('theme') || ''; } catch { /* storage is switched off */ }
  const system = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => {
    document.documentElement.dataset.theme = chosen || (system.matches ? 'dark' : 'light');
    dispatchEvent(new Event('themechange'));
  };
  apply();
  system.addEventListener('change', apply);
  // theme.get() is 'light' or 'dark'; theme.set('' | 'light' | 'dark') chooses, '' follows the system.
  window.theme = {
    get: () => document.documentElement.dataset.theme,
    set: (to) => {
      chosen = to;
      try { localStorage.setItem('theme', to); } catch { /* the choice lasts for this page */ }
      apply();
    },
  };
})();
