// The outside world's panel mounts into #world.
export {};
