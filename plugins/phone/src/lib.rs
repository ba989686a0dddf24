//! Telephone numbers in E.164 for the common regions.

mod number;
mod region;

wit_bindgen::generate!({ path: "wit", generate_all });

struct Phone;

impl Guest for Phone {
    fn e164(number: String, region: Option<String>) -> Result<String, String> {
        number::e164(&number, region.as_deref())
    }

    fn is_valid(number: String, region: Option<String>) -> bool {
        number::e164(&number, region.as_deref()).is_ok()
    }

    fn e164_batch(numbers: Vec<String>, regions: Vec<Option<String>>) -> Vec<Result<String, String>> {
        numbers
            .iter()
            .zip(&regions)
            .map(|(number, region)| number::e164(number, region.as_deref()))
            .collect()
    }
}

export!(Phone);
