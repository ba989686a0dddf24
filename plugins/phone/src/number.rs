use crate::region::{ELSEWHERE, Region, find, of_digits};

/// Gives a number in E.164. Errors say what is wrong, in words for the person who typed it.
pub fn e164(written: &str, code: Option<&str>) -> Result<String, String> {
    let dialled = Dialled::read(written)?;
    let home = match code.map(str::trim).filter(|code| !code.is_empty()) {
        Some(code) => Some(
            find(code).ok_or_else(|| format!("the region `{code}` is not known; write a number with +"))?,
        ),
        None => None,
    };
    if dialled.has_plus {
        return abroad(&dialled.digits);
    }
    let home = home.ok_or_else(|| "a number without + needs a region".to_owned())?;
    match dialled.digits.strip_prefix(home.international) {
        Some(digits) if !digits.is_empty() => abroad(digits),
        _ => at_home(&dialled.digits, home),
    }
}

/// What a person wrote: digits, perhaps after a plus sign.
struct Dialled {
    has_plus: bool,
    digits: String,
}

impl Dialled {
    fn read(written: &str) -> Result<Self, String> {
        let text = written.trim();
        let text = text.strip_prefix("tel:").unwrap_or(text);
        let mut dialled = Dialled {
            has_plus: false,
            digits: String::new(),
        };
        for letter in text.chars() {
            if let Some(digit) = digit(letter) {
                dialled.digits.push(digit);
            } else if matches!(letter, '+' | '\u{ff0b}') && dialled.digits.is_empty() && !dialled.has_plus {
                dialled.has_plus = true;
            } else if !separates(letter) {
                return Err(unexpected(letter));
            }
        }
        // `+44 (0)20 …` names the trunk digit that is dialled at home alone.
        if dialled.has_plus && text.contains("(0)") {
            let at = text
                .split("(0)")
                .next()
                .map_or(0, |before| before.chars().filter_map(digit).count());
            dialled.digits.remove(at);
        }
        if dialled.digits.is_empty() {
            return Err("there is no digit in it".to_owned());
        }
        Ok(dialled)
    }
}

/// Reads ASCII, full-width and Arabic-Indic digits.
fn digit(letter: char) -> Option<char> {
    let zero = match letter {
        '0'..='9' => '0',
        '\u{ff10}'..='\u{ff19}' => '\u{ff10}',
        '\u{660}'..='\u{669}' => '\u{660}',
        '\u{6f0}'..='\u{6f9}' => '\u{6f0}',
        _ => return None,
    };
    char::from_digit(u32::from(letter) - u32::from(zero), 10)
}

fn separates(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(
            letter,
            '-' | '.' | '/' | '(' | ')' | '[' | ']' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}' | '\u{200e}'
                | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}'
        )
}

fn unexpected(letter: char) -> String {
    match letter {
        'x' | 'X' | '#' | ';' | ',' => "it has an extension, which E.164 has no place for".to_owned(),
        letter => format!("`{letter}` is no part of a number"),
    }
}

/// Checks digits that begin with a calling code.
fn abroad(digits: &str) -> Result<String, String> {
    if digits.starts_with('0') {
        return Err("no calling code begins with 0".to_owned());
    }
    let mut problem = None;
    for region in of_digits(digits) {
        let national = &digits[region.calling.len()..];
        match fits(national, region) {
            Ok(()) => return Ok(format!("+{digits}")),
            Err(reason) => problem = Some(reason),
        }
        // `+4420…` and `+44020…` are both written.
        if let Some(national) = without_trunk(national, region) {
            return Ok(format!("+{}{national}", region.calling));
        }
    }
    match problem {
        Some(reason) => Err(reason),
        None => fits(digits, &ELSEWHERE).map(|()| format!("+{digits}")),
    }
}

/// Checks digits as they are dialled inside a region.
fn at_home(digits: &str, region: &Region) -> Result<String, String> {
    if let Some(national) = without_trunk(digits, region) {
        return Ok(format!("+{}{national}", region.calling));
    }
    let problem = match fits(digits, region) {
        Ok(()) => return Ok(format!("+{}{digits}", region.calling)),
        Err(problem) => problem,
    };
    // Spreadsheets eat plus signs.
    match digits.strip_prefix(region.calling) {
        Some(national) if fits(national, region).is_ok() => Ok(format!("+{digits}")),
        _ => Err(problem),
    }
}

/// Takes the trunk digits off, when what is left is a number of the region.
fn without_trunk<'a>(digits: &'a str, region: &Region) -> Option<&'a str> {
    if region.trunk.is_empty() {
        return None;
    }
    let national = digits.strip_prefix(region.trunk)?;
    fits(national, region).ok().map(|()| national)
}

/// Tells whether these digits can follow the region's calling code.
fn fits(national: &str, region: &Region) -> Result<(), String> {
    let length = national.len();
    let place = match region.code {
        "" => String::new(),
        code => format!(" for {code}"),
    };
    if length < region.least || length > region.most {
        let size = if length < region.least { "short" } else { "long" };
        let wanted = if region.least == region.most {
            region.least.to_string()
        } else {
            format!("{} to {}", region.least, region.most)
        };
        return Err(format!(
            "it is too {size}{place}: {wanted} digits, found {length}"
        ));
    }
    match national.chars().next() {
        Some(first) if region.first.contains(first) => {}
        _ => return Err(format!("no number{place} begins with {}", &national[..1])),
    }
    // Area and exchange codes of North America never begin with 0 or 1.
    if region.calling == "1" && matches!(national.as_bytes()[3], b'0' | b'1') {
        return Err(format!("no exchange{place} begins with {}", &national[3..4]));
    }
    Ok(())
}
#[cfg(test)]
mod tests {
    use super::e164;

    fn us(number: &str) -> Result<String, String> {
        e164(number, Some("US"))
    }

    #[test]
    fn the_ways_to_write_one_number_give_one() {
        for written in [
            "+1 202 555 0123",
            "(202) 555-0123",
            "1-202-555-0123",
            "202.555.0123",
            "tel:+12025550123",
            "011 1 202 555 0123",
            "\u{202a}+1\u{a0}202\u{2011}555\u{2011}0123\u{202c}",
            "２０２５５５０１２３",
        ] {
            assert_eq!(us(written).as_deref(), Ok("+12025550123"), "{written}");
        }
    }

    #[test]
    fn trunk_digits_are_dialled_at_home_alone() {
        for (region, written, number) in [
            ("GB", "020 7946 0958", "+442079460958"),
            ("GB", "+44 (0)20 7946 0958", "+442079460958"),
            ("GB", "+44 020 7946 0958", "+442079460958"),
            ("GB", "0044 20 7946 0958", "+442079460958"),
            ("UA", "044 123 45 67", "+380441234567"),
            ("HU", "06 1 234 5678", "+3612345678"),
            ("IT", "02 1234 5678", "+390212345678"),
            ("DE", "030/123456", "+4930123456"),
        ] {
            assert_eq!(e164(written, Some(region)).as_deref(), Ok(number), "{written}");
        }
    }

    #[test]
    fn what_a_spreadsheet_ate_is_put_back() {
        assert_eq!(e164("2079460958", Some("GB")).as_deref(), Ok("+442079460958"));
        assert_eq!(e164("442079460958", Some("GB")).as_deref(), Ok("+442079460958"));
    }

    #[test]
    fn a_plus_needs_no_region_and_overrules_it() {
        assert_eq!(e164("+380441234567", None).as_deref(), Ok("+380441234567"));
        assert_eq!(us("+380441234567").as_deref(), Ok("+380441234567"));
        assert_eq!(e164("+977 1 4123456", None).as_deref(), Ok("+97714123456"));
    }

    #[test]
    fn what_can_be_no_number_is_refused_with_a_reason() {
        for (written, region, reason) in [
            ("", Some("US"), "there is no digit in it"),
            (
                "555-0123",
                Some("US"),
                "it is too short for US: 10 digits, found 7",
            ),
            (
                "202 555 01234",
                Some("US"),
                "it is too long for US: 10 digits, found 11",
            ),
            ("102 555 0123", Some("US"), "no number for US begins with 1"),
            ("202 155 0123", Some("US"), "no exchange for US begins with 1"),
            (
                "202 555 0123 x4",
                Some("US"),
                "it has an extension, which E.164 has no place for",
            ),
            ("1-800-FLOWERS", Some("US"), "`F` is no part of a number"),
            ("202 555 0123", None, "a number without + needs a region"),
            (
                "202 555 0123",
                Some("XX"),
                "the region `XX` is not known; write a number with +",
            ),
            ("+0123456789", None, "no calling code begins with 0"),
            ("+(0)", None, "there is no digit in it"),
        ] {
            assert_eq!(e164(written, region), Err(reason.to_owned()), "{written}");
        }
    }
}
