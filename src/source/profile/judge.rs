use super::column::ColumnCensus;
use super::date_form::{DateForm, DateOrder};
use super::keys::names_a_code;
use super::{Finding, FindingKind, Seen, Spots, Walk, counted};
use crate::source::delimited::Charset;
use crate::source::header::Names;
use crate::source::open::Reading;

/// Tells what looks wrong, the whole file first, then column after column.
pub(super) fn judge(walk: &Walk, reading: &Reading) -> Vec<Finding> {
    let mut findings = Findings {
        walk,
        exact: matches!(reading, Reading::JsonLines(_)),
        list: Vec::new(),
    };
    findings.judge_file(reading);
    for census in &walk.columns {
        findings.judge_cells(census);
        findings.judge_types(census);
        findings.judge_zeros(census);
        findings.judge_dates(census);
        findings.judge_key(census);
    }
    findings.list.sort_by_key(|finding| finding.kind);
    findings.list
}

struct Findings<'a> {
    walk: &'a Walk,
    /// The file's long numbers have all their digits.
    exact: bool,
    list: Vec<Finding>,
}

impl Findings<'_> {
    fn in_column(&mut self, kind: FindingKind, census: &ColumnCensus, spots: &Spots, message: String) {
        let header = &self.walk.header;
        let address = |row: &u32| header.address(*row, census.index).to_string();
        self.list.push(Finding {
            kind,
            cells: spots.rows.iter().map(address).collect(),
            count: spots.count,
            message,
        });
    }

    fn in_rows(&mut self, kind: FindingKind, spots: &Spots, message: String) {
        let header = &self.walk.header;
        let address = |row: &u32| header.row_address(*row).to_string();
        self.list.push(Finding {
            kind,
            cells: spots.rows.iter().map(address).collect(),
            count: spots.count,
            message,
        });
    }

    fn judge_file(&mut self, reading: &Reading) {
        if matches!(reading.charset(), Some(Charset::Windows1252 { guessed: true })) {
            let message = "the file is not UTF-8 and is read as Windows-1252; \
                           say encoding: \"windows-1252\" if that is right";
            self.list.push(Finding {
                kind: FindingKind::GuessedEncoding,
                cells: vec![self.walk.header.file.to_string()],
                count: 1,
                message: message.to_owned(),
            });
        }
        if let Some(names) = reading.names() {
            self.judge_header(names);
        }
        for (kind, (spots, reason)) in &self.walk.rejected {
            self.in_rows(*kind, spots, reason.clone());
        }
        let totals = self.walk.totals.rows();
        if totals.count > 0 {
            let message = "the row sums up the others; leave it out with where, or it is billed too";
            self.in_rows(FindingKind::TotalsRow, &totals, message.to_owned());
        }
        let late = reading.late_keys();
        if let Some((row, key)) = late.first() {
            let spots = Spots {
                count: late.len() as u64,
                rows: vec![*row],
            };
            let message =
                format!("`{key}` comes first after 100 objects and is no column; declare it to read it");
            self.in_rows(FindingKind::LateKey, &spots, message);
        }
    }

    fn judge_header(&mut self, names: &Names) {
        let header = &self.walk.header;
        let place = |column: usize| header.address(header.row, column).to_string();
        for (column, name) in &names.repeated {
            let called = header.columns.get(*column).map_or("", |name| name);
            self.list.push(Finding {
                kind: FindingKind::RepeatedHeader,
                cells: vec![place(*column)],
                count: 1,
                message: format!("`{name}` names a column before; this one is called `{called}`"),
            });
        }
        for column in &names.unnamed {
            let called = header.columns.get(*column).map_or("", |name| name);
            self.list.push(Finding {
                kind: FindingKind::UnnamedColumn,
                cells: vec![place(*column)],
                count: 1,
                message: format!("the column has data and no name; it is called `{called}`"),
            });
        }
    }

    fn judge_cells(&mut self, census: &ColumnCensus) {
        for (kind, (spots, first)) in &census.troubles {
            let name = &census.name;
            let message = match kind {
                FindingKind::LostDigits if self.exact => continue,
                FindingKind::DecimalComma => match explain_comma(census, first) {
                    Some(message) => message,
                    None => continue,
                },
                FindingKind::OuterSpaces => format!("{first} has spaces around it; `{name}` needs | trim"),
                FindingKind::OddSpaces => {
                    format!("{first} has a space that is none, or a character that nobody sees")
                }
                _ => first.clone(),
            };
            self.in_column(*kind, census, spots, message);
        }
    }

    /// Finds the few cells that are not like the rest. A column of texts may hold anything.
    fn judge_types(&mut self, census: &ColumnCensus) {
        let groups = [
            (
                "numbers",
                [Seen::Integer, Seen::Decimal, Seen::DecimalComma].as_slice(),
            ),
            ("dates", &[Seen::Date, Seen::Time]),
            ("true or false", &[Seen::Boolean]),
        ];
        let good = census.filled - census.count(Seen::Broken);
        for (what, group) in groups {
            let members: u64 = group.iter().map(|seen| census.count(*seen)).sum();
            if members == good || members * 5 < good * 3 {
                continue;
            }
            let mut spots = Spots::default();
            for (seen, others) in &census.types {
                if *seen != Seen::Broken && !group.contains(seen) {
                    spots.count += others.count;
                    spots.rows.extend(&others.rows);
                }
            }
            spots.rows.sort_unstable();
            spots.rows.truncate(super::MOST_CELLS);
            let message = format!(
                "`{}` holds {what}, and {} of another type",
                census.name,
                counted(spots.count, "cell")
            );
            self.in_column(FindingKind::MixedTypes, census, &spots, message);
        }
        let texts = &census.numbers_as_text;
        let is_code = census.zero_first > 0 || names_a_code(&census.name);
        if texts.count > 0 && texts.count < census.numbers() && self.walk.fields.is_none() && !is_code {
            let message = format!(
                "`{}` holds numbers, and {} of text that looks like one",
                census.name,
                counted(texts.count, "cell")
            );
            self.in_column(FindingKind::NumbersAsText, census, texts, message);
        }
    }

    /// Finds digits that are shorter than the others of their column, where zeros in front matter:
    /// some have them still, or the name says so.
    fn judge_zeros(&mut self, census: &ColumnCensus) {
        let Some((longest, whole)) = census.digits.iter().next_back() else {
            return;
        };
        let all: u64 = census.digits.values().map(|spots| spots.count).sum();
        let matters = census.zero_first > 0 || names_a_code(&census.name);
        let usual = whole.count * 2 >= all && whole.count >= 2 && *longest >= 3;
        let Some(shorter) = longest
            .checked_sub(1)
            .and_then(|length| census.digits.get(&length))
        else {
            return;
        };
        if matters && usual && all == census.filled {
            let message = format!(
                "most of `{}` have {longest} digits, this has fewer: a zero in front may be lost",
                census.name
            );
            self.in_column(FindingKind::LostZeros, census, shorter, message);
        }
    }

    fn judge_dates(&mut self, census: &ColumnCensus) {
        let forms: Vec<(&DateForm, &(u32, String))> = census.dates.iter().collect();
        if !are_mixed(forms.iter().map(|(form, _)| **form)) {
            return;
        }
        let spots = Spots {
            count: forms.len() as u64,
            rows: forms
                .iter()
                .map(|(_, (row, _))| *row)
                .take(super::MOST_CELLS)
                .collect(),
        };
        let examples: Vec<String> = forms
            .iter()
            .map(|(_, (_, text))| format!("`{}`", text.trim()))
            .collect();
        let message = format!(
            "`{}` has dates of several forms: {}",
            census.name,
            examples.join(", ")
        );
        self.in_column(FindingKind::MixedDates, census, &spots, message);
    }

    fn judge_key(&mut self, census: &ColumnCensus) {
        let Some(keys) = &census.keys else {
            return;
        };
        if let Some((spots, (row, first))) = keys.repetitions() {
            let message = format!("row {row} has the same `{}` as row {first}", census.name);
            self.in_column(FindingKind::RepeatedValue, census, spots, message);
        }
        let empty = &census.empty;
        if empty.count > 0 && empty.count * 2 <= census.filled {
            let message = format!("`{}` is empty in {}", census.name, counted(empty.count, "row"));
            self.in_column(FindingKind::EmptyKey, census, empty, message);
        }
    }
}

/// Says what to do about decimals with a comma, unless they are declared, or stray in a column of
/// something else.
fn explain_comma(census: &ColumnCensus, first: &str) -> Option<String> {
    let is_stray = census.numbers() * 2 < census.filled;
    if census.format.is_some() || is_stray {
        return None;
    }
    let declare = format!(
        "{first} is a decimal with a comma; declare `{}`: decimal(comma)",
        census.name
    );
    Some(match census.points_as_text {
        0 => declare,
        points => format!("{declare}, and mend {} with a point", counted(points, "cell")),
    })
}

/// Tells whether dates of these forms can't all be read in one way.
pub(super) fn are_mixed(forms: impl Iterator<Item = DateForm>) -> bool {
    let mut kinds: Vec<DateForm> = forms.collect();
    let certain: Vec<char> = kinds
        .iter()
        .filter_map(|form| match form {
            DateForm::Numbers {
                separator,
                order: DateOrder::DayMonthYear | DateOrder::MonthDayYear,
            } => Some(*separator),
            _ => None,
        })
        .collect();
    // What could be either is read as those are whose order shows.
    kinds.retain(|form| match form {
        DateForm::Numbers {
            separator,
            order: DateOrder::Either,
        } => !certain.contains(separator),
        _ => true,
    });
    kinds.len() > 1
}
