//! Looks at pages before the library decodes them: what it takes for granted may not hold in a broken file.

use bytes::Bytes;
use parquet::basic::{Encoding, Type};
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};

/// The pages of a column.
pub(super) struct CheckedPages {
    pages: Box<dyn PageReader>,
    holds_texts: bool,
    has_dictionary: bool,
}

impl CheckedPages {
    /// Of values of a type.
    pub(super) fn new(pages: Box<dyn PageReader>, values: Type) -> Self {
        Self { pages, holds_texts: values == Type::BYTE_ARRAY, has_dictionary: false }
    }

    /// A page as it can be decoded: with a dictionary before it if it asks for one, and with plain texts that end in a
    /// length that no page has. So one that is cut off is told, where the library would read behind it.
    fn checked(&mut self, mut page: Page) -> Result<Page> {
        let is_dictionary = page.is_dictionary_page();
        self.has_dictionary |= is_dictionary;
        let (Page::DataPage { buf, encoding, .. }
        | Page::DataPageV2 { buf, encoding, .. }
        | Page::DictionaryPage { buf, encoding, .. }) = &mut page;
        let asks_for_dictionary = matches!(encoding, Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY);
        if !is_dictionary && asks_for_dictionary && !self.has_dictionary {
            return Err(ParquetError::General("a page without its dictionary".to_owned()));
        }
        if self.holds_texts && (is_dictionary || *encoding == Encoding::PLAIN) {
            *buf = Bytes::from([buf.as_ref(), &u32::MAX.to_le_bytes()].concat());
        }
        Ok(page)
    }
}

impl Iterator for CheckedPages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for CheckedPages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        self.pages.get_next_page()?.map(|page| self.checked(page)).transpose()
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }
}
