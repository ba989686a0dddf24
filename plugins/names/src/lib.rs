//! The names of people: split into parts, and written with capitals where they belong.

mod capitals;
mod split;
mod words;

wit_bindgen::generate!({ path: "wit", generate_all });

struct Names;

impl Guest for Names {
    fn split(name: String) -> Parts {
        let parts = split::split(&name);
        Parts {
            title: parts.title,
            given: parts.given,
            particle: parts.particle,
            family: parts.family,
            suffix: parts.suffix,
        }
    }

    fn title_case(name: String) -> String {
        capitals::title_case(&name)
    }

    fn initials(name: String) -> String {
        split::initials(&name)
    }
}

export!(Names);
