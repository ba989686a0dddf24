//! Watching: what a save does, what it leaves alone, and that none is lost.

mod broken;
mod command;
mod moments;
mod plugin_sources;
mod reach;
mod save;
mod saves;
mod scheduled;
mod watched;
