use crate::diag::{Diagnostic, Span};
use crate::lang::codes::{flows, settings as codes};
use crate::lang::syntax::{Account, Expression, ExpressionKind, Literal, Setting};
use crate::model::{AccountSpec, KeySource, Mode};

use super::declare::Declared;
use super::options::{Options, literal_text};
use super::with_nearest;

const SETTINGS: [&str; 9] = [
    "key",
    "mode",
    "version",
    "timeout",
    "rate",
    "concurrency",
    "connect",
    "base_url",
    "active",
];

/// An account, and whether flows that name none write to it.
pub(super) struct ReadAccount {
    pub(super) declared: Declared<AccountSpec>,
    pub(super) active: bool,
}

/// Reads an account; `None` when it has no name or no key.
pub(super) fn account(tree: &Account, diagnostics: &mut Vec<Diagnostic>) -> Option<ReadAccount> {
    report_repeated(tree, diagnostics);
    let mut reader = Reader {
        options: Options { diagnostics },
        key: None,
        has_key: false,
        spec: Settings::default(),
    };
    for setting in &tree.settings {
        reader.setting(setting);
    }
    let name = tree.name.as_ref()?;
    if !reader.has_key {
        let problem = Diagnostic::error(
            &codes::NO_ACCOUNT_KEY,
            name.span,
            format!("account `{}` has no `key`", name.text),
        )
        .with_hint("write `key = env(\"STRIPE_API_KEY\")`");
        reader.options.diagnostics.push(problem);
    }
    let Settings {
        mode,
        version,
        timeout,
        rate,
        concurrency,
        connect,
        base_url,
        active,
    } = reader.spec;
    let spec = AccountSpec {
        name: name.text.clone(),
        key: reader.key?,
        mode,
        version,
        timeout,
        rate,
        concurrency,
        connect,
        base_url,
    };
    Some(ReadAccount {
        declared: Declared {
            spec,
            span: name.span,
        },
        active,
    })
}

fn report_repeated(tree: &Account, diagnostics: &mut Vec<Diagnostic>) {
    for (index, setting) in tree.settings.iter().enumerate() {
        let former = tree
            .settings
            .iter()
            .take(index)
            .find(|other| other.name.text == setting.name.text);
        if let Some(former) = former {
            diagnostics.push(
                Diagnostic::error(
                    &flows::TWICE,
                    setting.name.span,
                    format!("`{}` is said twice", setting.name.text),
                )
                .with_label(former.name.span, "here for the first time"),
            );
        }
    }
}

struct Settings {
    mode: Mode,
    version: Option<String>,
    timeout: Option<std::time::Duration>,
    rate: Option<u32>,
    concurrency: Option<u32>,
    connect: Option<String>,
    base_url: Option<String>,
    active: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            mode: Mode::Test,
            version: None,
            timeout: None,
            rate: None,
            concurrency: None,
            connect: None,
            base_url: None,
            active: false,
        }
    }
}

struct Reader<'d> {
    options: Options<'d>,
    key: Option<KeySource>,
    has_key: bool,
    spec: Settings,
}

impl Reader<'_> {
    fn setting(&mut self, setting: &Setting) {
        let value = &setting.value;
        match &*setting.name.text {
            "key" => {
                self.has_key = true;
                self.key = self.key(setting.name.span, value);
            }
            "mode" => self.spec.mode = self.mode(value),
            name @ "version" => self.spec.version = self.options.text(name, value),
            name @ "timeout" => self.spec.timeout = self.options.duration(name, value),
            name @ "rate" => self.spec.rate = self.options.rate(name, value),
            name @ "concurrency" => self.spec.concurrency = self.options.count(name, value),
            name @ "connect" => self.spec.connect = self.options.text(name, value),
            name @ "base_url" => self.spec.base_url = self.base_url(name, value),
            "active" => self.spec.active = self.active(value),
            other => {
                let problem = Diagnostic::error(
                    &codes::UNKNOWN_SETTING,
                    setting.name.span,
                    format!("an account has no setting `{other}`"),
                )
                .with_note(format!("settings: {}", super::listed(SETTINGS)));
                self.options
                    .diagnostics
                    .push(with_nearest(problem, other, SETTINGS));
            }
        }
    }

    /// Reads where the key comes from. A literal is a secret, whatever it looks like, so the place is the
    /// setting's name and the text is not repeated.
    fn key(&mut self, name: Span, value: &Expression) -> Option<KeySource> {
        match &value.kind {
            ExpressionKind::Call { function, arguments } if matches!(&*function.text, "env" | "file") => {
                let text = match arguments.as_slice() {
                    [only] if only.label.is_none() => {
                        literal_text(&only.value).filter(|text| !text.is_empty())
                    }
                    _ => None,
                };
                match (text, &*function.text) {
                    (Some(text), "env") => Some(KeySource::Environment(text.to_owned())),
                    (Some(text), _) => Some(KeySource::File(text.to_owned())),
                    (None, _) => {
                        self.options.refuse(
                            "key",
                            value,
                            "the name of a variable or a file: `env(\"STRIPE_API_KEY\")`",
                        );
                        None
                    }
                }
            }
            ExpressionKind::Literal(Literal::Text(text)) if super::secrets::is_publishable(text) => None,
            ExpressionKind::Literal(_) | ExpressionKind::Interpolation(_) => {
                self.options
                    .diagnostics
                    .push(super::secrets::secret(name, "a key must not stand in a flow"));
                None
            }
            _ => {
                self.options.refuse(
                    "key",
                    value,
                    "`env(\"STRIPE_API_KEY\")` or `file(\"stripe.key\")`",
                );
                None
            }
        }
    }

    fn mode(&mut self, value: &Expression) -> Mode {
        let word = match &value.kind {
            ExpressionKind::Name(word) => Some(&**word),
            _ => literal_text(value),
        };
        match word {
            Some("test") => Mode::Test,
            Some("live") => Mode::Live,
            _ => {
                self.options.refuse("mode", value, "`test` or `live`");
                Mode::Test
            }
        }
    }

    fn active(&mut self, value: &Expression) -> bool {
        match &value.kind {
            ExpressionKind::Literal(Literal::Boolean(flag)) => *flag,
            _ => {
                self.options.refuse("active", value, "`true` or `false`");
                false
            }
        }
    }

    /// Reads another server's address. A key never travels without TLS, except to this machine.
    fn base_url(&mut self, name: &str, value: &Expression) -> Option<String> {
        let url = self.options.text(name, value)?;
        let safe = match url.split_once("://") {
            Some(("https", rest)) => !rest.is_empty(),
            Some(("http", rest)) => is_loopback(rest),
            _ => false,
        };
        if !safe {
            self.options.refuse(
                name,
                value,
                "an address that begins with `https://`, or with `http://` on this machine (`http://127.0.0.1:12111`)",
            );
            return None;
        }
        Some(url)
    }
}

/// Tells whether the host of an address (behind `http://`) is this machine.
fn is_loopback(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host = match authority.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next().unwrap_or(""),
        None => authority.rsplit_once(':').map_or(authority, |(host, _)| host),
    };
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_this_machine_is_loopback() {
        for inside in ["127.0.0.1:12111", "localhost:1/", "[::1]:80/v1", "127.9.9.9"] {
            assert!(is_loopback(inside), "{inside}");
        }
        for outside in [
            "10.0.0.1",
            "localhost.evil.com",
            "127.0.0.1@evil.com",
            "127.0.0.1.evil.com:80",
            "",
        ] {
            assert!(!is_loopback(outside), "{outside}");
        }
    }
}
