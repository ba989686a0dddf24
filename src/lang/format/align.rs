//! Lines, and what stands in one column of neighbouring ones.

/// A line of the result.
pub(super) struct Line {
    pub(super) indent: usize,
    pub(super) text: String,
    /// Where in the text the line is stretched, so that signs stand in one column.
    pub(super) stop: Option<usize>,
    /// Where in the text a comment behind it begins.
    pub(super) comment: Option<usize>,
    /// Whether it is copied as it was, its indentation included.
    pub(super) is_kept: bool,
    /// Whether it goes on with the line before.
    pub(super) goes_on: bool,
}

/// Brings the signs of a block, and the comments behind its lines, into one column each.
pub(super) fn align(lines: &mut [Line]) {
    align_signs(lines);
    align_comments(lines);
}

/// Brings the signs of neighbouring lines into one column.
fn align_signs(lines: &mut [Line]) {
    let mut first = 0;
    while first < lines.len() {
        let Some(indent) = lines
            .get(first)
            .filter(|line| line.stop.is_some())
            .map(|line| line.indent)
        else {
            first += 1;
            continue;
        };
        let rest = lines.get(first..).unwrap_or_default();
        let belongs = |line: &Line| {
            let deeper = line.indent > indent && !line.text.is_empty() && !line.is_kept;
            let closes = line.indent == indent && line.text.starts_with(['}', ')', ']']);
            line.stop.is_some() && line.indent == indent || deeper || closes
        };
        let count = rest.iter().take_while(|line| belongs(line)).count();
        stretch(lines.get_mut(first..first + count).unwrap_or_default(), indent);
        first += count.max(1);
    }
}

fn stretch(lines: &mut [Line], indent: usize) {
    let stops = |line: &Line| line.stop.filter(|_| line.indent == indent);
    let width = |line: &Line| {
        stops(line)
            .and_then(|stop| line.text.get(..stop))
            .map(|text| text.chars().count())
    };
    let widest = lines.iter().filter_map(width).max().unwrap_or(0);
    for line in lines {
        if let (Some(stop), Some(width)) = (stops(line), width(line)) {
            line.text.insert_str(stop, &" ".repeat(widest - width));
            line.comment = line.comment.map(|comment| comment + widest - width);
        }
    }
}

/// Brings the comments behind neighbouring lines into one column.
fn align_comments(lines: &mut [Line]) {
    let width = |line: &Line| {
        let before = line.comment.and_then(|comment| line.text.get(..comment))?;
        Some(line.indent * 2 + before.chars().count())
    };
    for group in lines.chunk_by_mut(|one, other| one.comment.is_some() && other.comment.is_some()) {
        let widest = group.iter().filter_map(width).max().unwrap_or(0);
        for line in group {
            if let (Some(comment), Some(width)) = (line.comment, width(line)) {
                line.text.insert_str(comment, &" ".repeat(widest - width));
            }
        }
    }
}
