/// How a date is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum DateForm {
    /// A date of the workbook's own.
    Native,
    /// Numbers between separators.
    Numbers {
        /// What stands between them.
        separator: char,
        /// What comes first, as far as the numbers show.
        order: DateOrder,
    },
    /// With the name of the month.
    Words,
}

/// In which order day, month and year stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum DateOrder {
    /// `2026-01-31`
    YearMonthDay,
    /// `31/01/2026`
    DayMonthYear,
    /// `01/31/2026`
    MonthDayYear,
    /// `03/04/2026`, which is either of the two.
    Either,
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

impl DateForm {
    /// Recognises a date by its form.
    pub(super) fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        if !(6..=20).contains(&text.len()) || !text.is_ascii() {
            return None;
        }
        let separator = text.chars().find(|letter| !letter.is_ascii_digit())?;
        match separator {
            '-' | '/' | '.' => of_numbers(text, separator),
            _ => of_words(text),
        }
    }
}

fn of_numbers(text: &str, separator: char) -> Option<DateForm> {
    let parts: Vec<&str> = text.split(separator).collect();
    let [first, second, third] = parts.as_slice() else {
        return None;
    };
    let numbers: Vec<u32> = parts.iter().map_while(|part| part.parse().ok()).collect();
    let [a, b, c] = numbers.as_slice() else {
        return None;
    };
    let order = match (first.len(), second.len(), third.len()) {
        (4, 1..=2, 1..=2) if is_month(*b) && is_day(*c) => DateOrder::YearMonthDay,
        (1..=2, 1..=2, 2 | 4) if is_month(*a) && is_month(*b) => DateOrder::Either,
        (1..=2, 1..=2, 2 | 4) if is_day(*a) && is_month(*b) => DateOrder::DayMonthYear,
        (1..=2, 1..=2, 2 | 4) if is_month(*a) && is_day(*b) => DateOrder::MonthDayYear,
        _ => return None,
    };
    Some(DateForm::Numbers { separator, order })
}

fn of_words(text: &str) -> Option<DateForm> {
    let words: Vec<&str> = text
        .split([' ', '-', ','])
        .filter(|word| !word.is_empty())
        .collect();
    let is_name = |word: &str| {
        let start = word.get(..3).map(str::to_ascii_lowercase);
        word.bytes()
            .all(|byte| byte.is_ascii_alphabetic() || byte == b'.')
            && start.is_some_and(|start| MONTHS.contains(&start.as_str()))
    };
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let names = words.iter().filter(|word| is_name(word)).count();
    let numbers = words.iter().filter(|word| is_number(word)).count();
    (words.len() == 3 && names == 1 && numbers == 2).then_some(DateForm::Words)
}

fn is_month(number: u32) -> bool {
    (1..=12).contains(&number)
}

fn is_day(number: u32) -> bool {
    (1..=31).contains(&number)
}

#[cfg(test)]
mod tests {
    use super::{DateForm, DateOrder};

    fn order(text: &str) -> Option<DateOrder> {
        match DateForm::of(text)? {
            DateForm::Numbers { order, .. } => Some(order),
            _ => None,
        }
    }

    #[test]
    fn dates_show_their_order_when_a_day_is_above_twelve() {
        assert_eq!(order("2026-01-31"), Some(DateOrder::YearMonthDay));
        assert_eq!(order("31.1.2026"), Some(DateOrder::DayMonthYear));
        assert_eq!(order("1/31/26"), Some(DateOrder::MonthDayYear));
        assert_eq!(order("03/04/2026"), Some(DateOrder::Either));
    }

    #[test]
    fn months_may_have_names() {
        assert_eq!(DateForm::of("31 Jan 2026"), Some(DateForm::Words));
        assert_eq!(DateForm::of("March 3, 2026"), Some(DateForm::Words));
    }

    #[test]
    fn other_things_with_separators_are_no_dates() {
        for text in [
            "12.50",
            "1.234.567",
            "555-0100",
            "10.0.0.1",
            "99/99/2026",
            "Jan",
            "12 Main Street",
        ] {
            assert_eq!(DateForm::of(text), None, "{text}");
        }
    }
}
