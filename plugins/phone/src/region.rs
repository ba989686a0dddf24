/// How numbers of a region are dialled and how long they are.
pub struct Region {
    /// The ISO 3166 code.
    pub code: &'static str,
    /// The calling code, after the plus sign.
    pub calling: &'static str,
    /// What is dialled before a calling code.
    pub international: &'static str,
    /// What is dialled before a number inside the country, and is no part of it.
    pub trunk: &'static str,
    /// The fewest digits after the calling code.
    pub least: usize,
    /// The most digits after the calling code.
    pub most: usize,
    /// The digits that a number may begin with.
    pub first: &'static str,
}

/// Finds a region by its code, in any case.
pub fn find(code: &str) -> Option<&'static Region> {
    let code = code.trim();
    let code = if code.eq_ignore_ascii_case("UK") {
        "GB"
    } else {
        code
    };
    REGIONS
        .iter()
        .find(|region| region.code.eq_ignore_ascii_case(code))
}

/// Finds the regions that share the calling code at the start of these digits. No calling code begins
/// another, so there is at most one.
pub fn of_digits(digits: &str) -> impl Iterator<Item = &'static Region> {
    REGIONS
        .iter()
        .filter(move |region| digits.starts_with(region.calling))
}

const fn region(
    (code, calling): (&'static str, &'static str),
    (international, trunk): (&'static str, &'static str),
    (least, most): (usize, usize),
    first: &'static str,
) -> Region {
    Region {
        code,
        calling,
        international,
        trunk,
        least,
        most,
        first,
    }
}

const ANY: &str = "0123456789";
const NOT_ZERO: &str = "123456789";

/// Sources: ITU-T E.164, its list of assigned calling codes, and the national numbering plans that the ITU
/// publishes. Lengths are those of numbers that people and firms have, not of emergency and service ones.
const REGIONS: &[Region] = &[
    region(("AE", "971"), ("00", "0"), (8, 9), NOT_ZERO),
    region(("AR", "54"), ("00", "0"), (10, 11), NOT_ZERO),
    region(("AT", "43"), ("00", "0"), (4, 13), NOT_ZERO),
    region(("AU", "61"), ("0011", "0"), (9, 10), "1234578"),
    region(("BD", "880"), ("00", "0"), (8, 10), NOT_ZERO),
    region(("BE", "32"), ("00", "0"), (8, 9), NOT_ZERO),
    region(("BG", "359"), ("00", "0"), (7, 9), NOT_ZERO),
    region(("BR", "55"), ("00", "0"), (9, 11), NOT_ZERO),
    region(("CA", "1"), ("011", "1"), (10, 10), "23456789"),
    region(("CH", "41"), ("00", "0"), (9, 9), NOT_ZERO),
    region(("CL", "56"), ("00", ""), (9, 9), NOT_ZERO),
    region(("CN", "86"), ("00", "0"), (10, 11), NOT_ZERO),
    region(("CO", "57"), ("00", ""), (10, 10), NOT_ZERO),
    region(("CY", "357"), ("00", ""), (8, 8), "2789"),
    region(("CZ", "420"), ("00", ""), (9, 9), "23456789"),
    region(("DE", "49"), ("00", "0"), (5, 13), NOT_ZERO),
    region(("DK", "45"), ("00", ""), (8, 8), "23456789"),
    region(("EE", "372"), ("00", ""), (7, 8), "3456789"),
    region(("EG", "20"), ("00", "0"), (8, 10), NOT_ZERO),
    region(("ES", "34"), ("00", ""), (9, 9), "6789"),
    region(("FI", "358"), ("00", "0"), (5, 12), NOT_ZERO),
    region(("FR", "33"), ("00", "0"), (9, 9), NOT_ZERO),
    region(("GB", "44"), ("00", "0"), (9, 10), "1235789"),
    region(("GE", "995"), ("00", "0"), (9, 9), NOT_ZERO),
    region(("GH", "233"), ("00", "0"), (8, 9), NOT_ZERO),
    region(("GR", "30"), ("00", ""), (10, 10), "2689"),
    region(("HK", "852"), ("001", ""), (8, 9), "235689"),
    region(("HR", "385"), ("00", "0"), (8, 9), NOT_ZERO),
    region(("HU", "36"), ("00", "06"), (8, 9), NOT_ZERO),
    region(("ID", "62"), ("001", "0"), (8, 12), NOT_ZERO),
    region(("IE", "353"), ("00", "0"), (7, 10), NOT_ZERO),
    region(("IL", "972"), ("00", "0"), (8, 10), NOT_ZERO),
    region(("IN", "91"), ("00", "0"), (10, 10), NOT_ZERO),
    region(("IS", "354"), ("00", ""), (7, 9), "3456789"),
    // Numbers keep their first 0 abroad.
    region(("IT", "39"), ("00", ""), (6, 11), "0358"),
    region(("JP", "81"), ("010", "0"), (9, 10), NOT_ZERO),
    region(("KE", "254"), ("000", "0"), (9, 9), NOT_ZERO),
    region(("KR", "82"), ("00", "0"), (8, 10), NOT_ZERO),
    region(("KZ", "7"), ("810", "8"), (10, 10), "678"),
    region(("LI", "423"), ("00", ""), (7, 9), NOT_ZERO),
    region(("LK", "94"), ("00", "0"), (9, 9), NOT_ZERO),
    region(("LT", "370"), ("00", "0"), (8, 8), NOT_ZERO),
    region(("LU", "352"), ("00", ""), (4, 11), NOT_ZERO),
    region(("LV", "371"), ("00", ""), (8, 8), "26789"),
    region(("MA", "212"), ("00", "0"), (9, 9), NOT_ZERO),
    region(("MD", "373"), ("00", "0"), (8, 8), NOT_ZERO),
    region(("MT", "356"), ("00", ""), (8, 8), "2356789"),
    region(("MX", "52"), ("00", ""), (10, 10), NOT_ZERO),
    region(("MY", "60"), ("00", "0"), (8, 10), NOT_ZERO),
    region(("NG", "234"), ("009", "0"), (8, 10), NOT_ZERO),
    region(("NL", "31"), ("00", "0"), (7, 9), NOT_ZERO),
    region(("NO", "47"), ("00", ""), (8, 8), "23456789"),
    region(("NZ", "64"), ("00", "0"), (8, 10), NOT_ZERO),
    region(("PE", "51"), ("00", "0"), (8, 9), NOT_ZERO),
    region(("PH", "63"), ("00", "0"), (8, 10), NOT_ZERO),
    region(("PK", "92"), ("00", "0"), (9, 10), NOT_ZERO),
    region(("PL", "48"), ("00", ""), (9, 9), NOT_ZERO),
    region(("PT", "351"), ("00", ""), (9, 9), "236789"),
    region(("RO", "40"), ("00", "0"), (9, 9), "2378"),
    region(("RS", "381"), ("00", "0"), (7, 10), NOT_ZERO),
    region(("RU", "7"), ("810", "8"), (10, 10), "3489"),
    region(("SA", "966"), ("00", "0"), (9, 10), NOT_ZERO),
    region(("SE", "46"), ("00", "0"), (7, 10), NOT_ZERO),
    region(("SG", "65"), ("000", ""), (8, 8), "3689"),
    region(("SI", "386"), ("00", "0"), (8, 8), NOT_ZERO),
    region(("SK", "421"), ("00", "0"), (9, 9), NOT_ZERO),
    region(("TH", "66"), ("001", "0"), (8, 10), NOT_ZERO),
    region(("TR", "90"), ("00", "0"), (10, 10), "23458"),
    region(("TW", "886"), ("002", "0"), (8, 10), NOT_ZERO),
    region(("UA", "380"), ("00", "0"), (9, 9), NOT_ZERO),
    region(("US", "1"), ("011", "1"), (10, 10), "23456789"),
    region(("VN", "84"), ("00", "0"), (9, 10), NOT_ZERO),
    region(("ZA", "27"), ("00", "0"), (9, 9), NOT_ZERO),
];

/// What is known of a region that is not in the table.
pub const ELSEWHERE: Region = region(("", ""), ("00", ""), (7, 15), ANY);
