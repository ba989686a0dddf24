use crate::sandbox::refusal::Refusal;

/// What can be asked of an invoice whose status rules on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox::life) enum Step {
    /// Change its items or lines.
    Edit,
    Delete,
    Finalize,
    Pay,
    Send,
    Void,
    MarkUncollectible,
}

const NOT_OPEN: &str = "You can only pass in open invoices. This invoice isn't open.";

/// Refuses a step that the status does not allow. Paying and sending a draft finalises it first.
///
/// The wordings are recorded ones, but which of them a void invoice answers is not known, nor what sending
/// a void one does.
pub(in crate::sandbox::life) fn check(step: Step, status: &str) -> Result<(), Refusal> {
    let message = match (step, status) {
        (Step::Edit | Step::Delete | Step::Finalize | Step::Pay | Step::Send, "draft")
        | (Step::Pay, "open" | "uncollectible")
        | (Step::Send, "open" | "uncollectible" | "paid")
        | (Step::Void, "open" | "uncollectible")
        | (Step::MarkUncollectible, "open") => return Ok(()),
        (Step::Edit, _) => {
            return Err(
                Refusal::state("Invalid invoice: This invoice is no longer editable")
                    .code("invoice_not_editable")
                    .param("invoice"),
            );
        }
        (Step::Delete, _) => "You can only delete draft invoices.",
        (Step::Finalize, _) => {
            "This invoice is already finalized, you can't re-finalize a non-draft invoice."
        }
        (Step::Pay, "paid") => "Invoice is already paid",
        (Step::Void, "paid") => "Invoices with `paid` payments cannot be voided.",
        (Step::MarkUncollectible, "uncollectible") => "This invoice has already been marked uncollectible.",
        (Step::Pay | Step::Send | Step::Void | Step::MarkUncollectible, _) => NOT_OPEN,
    };
    Err(Refusal::state(message))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{Step, check};

    #[test]
    fn each_status_allows_its_steps() {
        let steps = [
            Step::Edit,
            Step::Delete,
            Step::Finalize,
            Step::Pay,
            Step::Send,
            Step::Void,
            Step::MarkUncollectible,
        ];
        let mut table = String::new();
        for status in ["draft", "open", "paid", "uncollectible", "void"] {
            for step in steps {
                let outcome =
                    check(step, status).map_or_else(|refusal| refusal.message, |()| "ok".to_owned());
                table.push_str(&format!("{status} {step:?}: {outcome}\n"));
            }
        }
        expect![[r#"
            draft Edit: ok
            draft Delete: ok
            draft Finalize: ok
            draft Pay: ok
            draft Send: ok
            draft Void: You can only pass in open invoices. This invoice isn't open.
            draft MarkUncollectible: You can only pass in open invoices. This invoice isn't open.
            open Edit: Invalid invoice: This invoice is no longer editable
            open Delete: You can only delete draft invoices.
            open Finalize: This invoice is already finalized, you can't re-finalize a non-draft invoice.
            open Pay: ok
            open Send: ok
            open Void: ok
            open MarkUncollectible: ok
            paid Edit: Invalid invoice: This invoice is no longer editable
            paid Delete: You can only delete draft invoices.
            paid Finalize: This invoice is already finalized, you can't re-finalize a non-draft invoice.
            paid Pay: Invoice is already paid
            paid Send: ok
            paid Void: Invoices with `paid` payments cannot be voided.
            paid MarkUncollectible: You can only pass in open invoices. This invoice isn't open.
            uncollectible Edit: Invalid invoice: This invoice is no longer editable
            uncollectible Delete: You can only delete draft invoices.
            uncollectible Finalize: This invoice is already finalized, you can't re-finalize a non-draft invoice.
            uncollectible Pay: ok
            uncollectible Send: ok
            uncollectible Void: ok
            uncollectible MarkUncollectible: This invoice has already been marked uncollectible.
            void Edit: Invalid invoice: This invoice is no longer editable
            void Delete: You can only delete draft invoices.
            void Finalize: This invoice is already finalized, you can't re-finalize a non-draft invoice.
            void Pay: You can only pass in open invoices. This invoice isn't open.
            void Send: You can only pass in open invoices. This invoice isn't open.
            void Void: You can only pass in open invoices. This invoice isn't open.
            void MarkUncollectible: You can only pass in open invoices. This invoice isn't open.
        "#]].assert_eq(&table);
    }
}
